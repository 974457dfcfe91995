"""What several tests begin with: apps, fleets, a HAProxy of few words, templates as they are rendered."""
