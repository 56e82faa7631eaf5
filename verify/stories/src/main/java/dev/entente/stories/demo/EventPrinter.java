package dev.entente.stories.demo;

import dev.entente.server.cli.Timeline;
import dev.entente.stories.judge.Invariant;
import dev.entente.v1.Transaction;
import java.io.PrintStream;
import java.util.List;

/** Prints the events of the scenarios on a stream, for a reader without prior knowledge. */
final class EventPrinter {
    private final PrintStream out;

    EventPrinter(PrintStream out) {
        this.out = out;
    }

    void opening(int services, String coordinator, String database) {
        out.println("A coordinator, " + services
                + " services and PostgreSQL are started on this machine, each in its own process.");
        out.println("  coordinator  " + coordinator);
        out.println("  database     " + database);
    }

    void begin(Scenario scenario) {
        out.println();
        out.println("== " + scenario.name() + " "
                + "=".repeat(Math.max(3, 70 - scenario.name().length())));
        out.println(scenario.text());
    }

    void report(Result result) {
        result.kills().forEach(kill -> out.printf("  ! kill -9 of the %s after %d ms%n", kill.what(), kill.atMs()));
        result.notes().forEach(note -> out.println("  " + note));
        result.reported().forEach(this::report);
        if (result.endings().values().stream().mapToLong(Long::longValue).sum()
                > result.reported().size()) {
            out.println("  all transactions: " + endings(result));
        }
        Result.Recovery recovery = result.recovery();
        if (recovery != null) {
            out.printf(
                    "  open at the kill %d, finished %d, lost %d, contradictions %d%n",
                    recovery.openAtKill(), recovery.finished(), recovery.lost(), recovery.contradictions());
        }
        out.println("  checked by SQL:");
        result.invariants().forEach(this::report);
    }

    private static String endings(Result result) {
        return String.join(
                ", ",
                result.endings().entrySet().stream()
                        .map(end -> end.getValue() + " " + end.getKey())
                        .sorted()
                        .toList());
    }

    private void report(Transaction transaction) {
        out.println("  " + transaction.getGid() + ":");
        Timeline.history(transaction).forEach(out::println);
    }

    private void report(Invariant invariant) {
        out.println("    " + line(invariant));
    }

    private static String line(Invariant invariant) {
        return invariant.holds()
                ? "ok      " + invariant.name()
                : "BROKEN  " + invariant.name() + (invariant.finding().isEmpty() ? "" : "; " + invariant.finding());
    }

    /** Prints a line for each check that fails. */
    static void complain(Result result, PrintStream where) {
        result.invariants().stream()
                .filter(invariant -> !invariant.holds())
                .forEach(invariant -> where.println(result.name() + ": " + line(invariant)));
    }

    void end(List<Result> results) {
        long broken = results.stream().filter(result -> !result.holds()).count();
        out.println();
        out.println(
                broken == 0
                        ? "All " + results.size() + " scenarios hold: the databases agree with the transactions."
                        : broken + " of " + results.size() + " scenarios DO NOT HOLD: "
                                + String.join(
                                        ", ",
                                        results.stream()
                                                .filter(result -> !result.holds())
                                                .map(Result::name)
                                                .toList()));
    }
}
