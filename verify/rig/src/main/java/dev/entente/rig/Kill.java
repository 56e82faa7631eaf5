package dev.entente.rig;

/**
 * A process that was killed with -9.
 *
 * @param atMs milliseconds since the scenario, or the run, began
 * @param what the process: "coordinator", "participant points"
 */
public record Kill(long atMs, String what) {}
