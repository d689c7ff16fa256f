"""Carry decisions and notices to other systems. What leaves goes through `outbound`, signed by `signing`."""

from salience.deliver.outbound import Answered, Outbound, Refused
from salience.deliver.signing import sign, verify

__all__ = ["Answered", "Outbound", "Refused", "sign", "verify"]
