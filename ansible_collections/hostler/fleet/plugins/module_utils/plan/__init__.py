"""What is to be done, by what the hosts and the operator say; nothing here touches anything."""
