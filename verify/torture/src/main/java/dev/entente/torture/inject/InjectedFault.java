package dev.entente.torture.inject;

/**
 * A fault that happened.
 *
 * @param title the class of the fault
 * @param atMillis the beginning, in milliseconds since the epoch; {@code repairedAtMillis} is the end
 */
public record InjectedFault(String title, String target, long atMillis, long repairedAtMillis) {}
