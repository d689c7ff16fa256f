"""What another policy would have earned, from the log of the one that ran; and when the log cannot say."""
