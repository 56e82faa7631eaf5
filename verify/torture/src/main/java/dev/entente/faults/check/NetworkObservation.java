package dev.entente.faults.check;

import java.util.List;

/**
 * The record of an onlooker between coordinators and participants, with one clock for all. A simulated run has one, a
 * real run has none.
 *
 * @param flights every call that left, whether or not it arrived
 * @param standstills when what a failover had parked waited for people
 * @param clocksMillis how far the participants' clocks and the coordinators' database's may be apart
 */
public record NetworkObservation(List<Flight> flights, List<Standstill> standstills, long clocksMillis) {
    /** Nobody was there, and clocks are what they are. */
    public static final NetworkObservation NONE = new NetworkObservation(List.of(), List.of(), 1000);

    /**
     * A call on its way.
     *
     * @param leftAt milliseconds since the epoch
     * @param awaitedUntil when it was answered, or could not be answered any more for its time was over
     */
    public record Flight(String gid, String branch, String op, long leftAt, long awaitedUntil) {}

    /** From the failover to the release, in milliseconds since the epoch. */
    public record Standstill(long from, long until) {}

    public NetworkObservation {
        flights = List.copyOf(flights);
        standstills = List.copyOf(standstills);
    }
}
