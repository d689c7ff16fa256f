"""Who gains from being treated: learners, their choice by cross-validated Qini, and what targeting is worth."""
