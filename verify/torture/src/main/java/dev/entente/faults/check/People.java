package dev.entente.faults.check;

import dev.entente.faults.check.NetworkObservation.Flight;
import dev.entente.faults.check.NetworkObservation.Standstill;
import dev.entente.faults.check.TransactionReport.Entry;
import java.util.ArrayList;
import java.util.List;

/** Checks what waits for people and what people may rely upon, as far as an onlooker has seen it. */
final class People {
    private People() {}

    static List<Violation> judge(Case one, NetworkObservation onlooker) {
        List<Violation> violations = new ArrayList<>();
        List<Flight> flights = onlooker.flights().stream()
                .filter(flight -> flight.gid().equals(one.gid()))
                .toList();
        for (Entry entry : one.dossier().history()) {
            if (isStatement(one, entry)) {
                addIfUnderWay(violations, one, entry, flights);
            }
            onlooker.standstills().forEach(standstill -> addIfNotReleased(violations, one, entry, standstill));
        }
        return violations;
    }

    private static boolean isStatement(Case one, Entry entry) {
        boolean isForcedEnd =
                one.dossier().isForced() && entry.equals(one.dossier().history().getLast());
        return entry.kind().equals("RESOLVED") || isForcedEnd;
    }

    /**
     * A question changes nothing that is stated. Times are whole milliseconds, so the last one of a wait tells nothing.
     */
    private static void addIfUnderWay(List<Violation> violations, Case one, Entry statement, List<Flight> flights) {
        flights.stream()
                .filter(flight -> !flight.op().equals("check"))
                .filter(flight ->
                        statement.branch().isEmpty() || flight.branch().equals(statement.branch()))
                .filter(flight -> flight.leftAt() < statement.at() && statement.at() + 1 < flight.awaitedUntil())
                .findFirst()
                .ifPresent(flight -> violations.add(one.violates(
                        Rule.STATED_WHEN_QUIET,
                        statement.kind() + " was recorded while " + flight.op() + " of " + flight.branch()
                                + " was under way, " + (statement.at() - flight.leftAt()) + " ms after it left and "
                                + (flight.awaitedUntil() - statement.at()) + " ms before its time was over")));
    }

    private static void addIfNotReleased(List<Violation> violations, Case one, Entry entry, Standstill standstill) {
        long acceptedAt = one.dossier().history().getFirst().at();
        boolean isWithin = standstill.from() < entry.at() && entry.at() < standstill.until();
        if (isWithin && acceptedAt < standstill.from()) {
            violations.add(one.violates(
                    Rule.RELEASED_FIRST,
                    entry.kind() + " " + (entry.at() - standstill.from())
                            + " ms after a failover had parked it, and " + (standstill.until() - entry.at())
                            + " ms before people released it"));
        }
    }
}
