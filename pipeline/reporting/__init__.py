"""Tables and pages made from the evidence."""
