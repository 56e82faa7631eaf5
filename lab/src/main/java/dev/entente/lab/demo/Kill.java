package dev.entente.lab.demo;

/**
 * A process that was killed with -9 in a scenario.
 *
 * @param atMs milliseconds since the scenario began
 * @param what the process
 */
record Kill(long atMs, String what) {}
