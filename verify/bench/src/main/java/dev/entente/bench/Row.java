package dev.entente.bench;

/** One line of the report: a subject, under a number of transactions in flight, and its medians. */
record Row(Subject subject, int inFlight, Figures figures) {}
