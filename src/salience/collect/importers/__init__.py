"""Files become events: each importer yields events and `Rejected` rows, ready for `accept`, in constant memory.

Ids are made from what a row says, so importing a file twice, or in another format, stores nothing twice.
"""
