package dev.entente.faults.mutants;

import dev.entente.faults.check.Dossier;
import dev.entente.faults.check.Evidence;
import dev.entente.faults.check.LedgerAnswer;
import dev.entente.faults.check.LedgerCall;
import dev.entente.faults.check.LedgerEffect;
import dev.entente.faults.check.Onlooker;
import dev.entente.faults.check.Shape;
import dev.entente.faults.check.Shape.BranchShape;
import dev.entente.faults.check.Shape.Gate;
import dev.entente.faults.check.Shape.Pattern;
import dev.entente.faults.check.Standing;
import dev.entente.faults.check.Told;
import dev.entente.lab.sim.Tape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** A simulated run as the checker wants it, seen by an onlooker with one clock for all. */
final class SimulatedEvidence {
    private static final String LEDGER = "simulated";
    private static final int SUCCEEDED = 1;
    private static final int REJECTED = 2;
    private static final int IN_PROGRESS = 4;

    private final Tape tape;

    private SimulatedEvidence(Tape tape) {
        this.tape = tape;
    }

    static Evidence of(Tape tape) {
        return new SimulatedEvidence(tape).all();
    }

    private Evidence all() {
        List<Shape> shapes = new ArrayList<>();
        List<Dossier> dossiers = new ArrayList<>();
        for (Tape.Ended ended : tape.ended()) {
            pattern(ended.kind()).ifPresent(pattern -> {
                shapes.add(shape(ended, pattern));
                dossiers.add(dossier(ended));
            });
        }
        List<Told> told = tape.heard().stream().map(SimulatedEvidence::told).toList();
        return new Evidence(shapes, told, calls(), answers(), effects(), dossiers, List.of(), onlooker());
    }

    /** Those that the checker does not know are left out. */
    private static Optional<Pattern> pattern(String kind) {
        return switch (kind) {
            case "SAGA" -> Optional.of(Pattern.SAGA);
            case "TCC" -> Optional.of(Pattern.TCC);
            case "INTERACTIVE" -> Optional.of(Pattern.INTERACTIVE);
            case "TWO_PHASE" -> Optional.of(Pattern.TWO_PHASE);
            case "MESSAGE" -> Optional.of(Pattern.MESSAGE);
            case "NOTIFICATION" -> Optional.of(Pattern.NOTIFICATION);
            default -> Optional.empty();
        };
    }

    private static Shape shape(Tape.Ended ended, Pattern pattern) {
        List<BranchShape> branches =
                ended.parts().stream().map(SimulatedEvidence::branch).toList();
        Map<String, Set<String>> order =
                ended.parts().stream().collect(Collectors.toMap(Tape.Part::name, Tape.Part::after));
        return new Shape(ended.gid(), pattern, branches, ended.asksBack(), true, order);
    }

    private static BranchShape branch(Tape.Part part) {
        return new BranchShape(
                part.name(),
                0,
                part.canBeUndone(),
                part.reads().isEmpty() ? null : part.reads(),
                part.isPivot(),
                part.gate().isEmpty() ? null : new Gate(part.gate(), part.opensOnExpiry()),
                part.lane().isEmpty() ? null : part.lane(),
                // what it writes down as done may be an answer that it gave once more
                true);
    }

    private Onlooker onlooker() {
        return new Onlooker(
                tape.flights().stream()
                        .map(flight -> new Onlooker.Flight(
                                flight.gid(), flight.branch(), flight.op(), flight.leftAt(), flight.awaitedUntil()))
                        .toList(),
                tape.standstills().stream()
                        .map(still -> new Onlooker.Standstill(still.from(), still.until()))
                        .toList(),
                0);
    }

    private static Dossier dossier(Tape.Ended ended) {
        List<Dossier.Entry> history = new ArrayList<>();
        for (Tape.Fact fact : ended.history()) {
            history.add(new Dossier.Entry(
                    history.size() + 1L,
                    fact.at(),
                    fact.kind(),
                    fact.branch(),
                    fact.op(),
                    fact.attempt(),
                    outcome(Integer.parseInt(fact.outcome())),
                    fact.stateAfter()));
        }
        Standing standing = standing(ended.state(), ended.isParked());
        return new Dossier(ended.gid(), standing, ended.state(), "", ended.isForced(), ended.branches(), history);
    }

    private static String outcome(int code) {
        return switch (code) {
            case SUCCEEDED -> "OK";
            case REJECTED -> "REJECTED";
            case IN_PROGRESS -> "IN_PROGRESS";
            default -> "OTHER";
        };
    }

    private static Standing standing(String state, boolean isParked) {
        return switch (state) {
            case "" -> Standing.UNKNOWN;
            case "SUCCEEDED" -> Standing.SUCCEEDED;
            case "ABORTED" -> Standing.ABORTED;
            case "GIVEN_UP" -> Standing.GIVEN_UP;
            default -> isParked ? Standing.PARKED : Standing.OPEN;
        };
    }

    private static Told told(Tape.Heard heard) {
        Told.What what = switch (heard.what()) {
            case "ACCEPTED" -> Told.What.ACCEPTED;
            case "REFUSED" -> Told.What.REFUSED;
            case "COMMITTED" -> Told.What.COMMITTED;
            case "ABORTED" -> Told.What.ABORTED;
            case "APPROVED" -> Told.What.APPROVED;
            case "DISAPPROVED" -> Told.What.DISAPPROVED;
            case "COMMIT_SENT" -> Told.What.COMMIT_SENT;
            default -> Told.What.SEEN;
        };
        Standing standing = what == Told.What.SEEN ? standing(heard.state(), false) : Standing.OPEN;
        return new Told(heard.gid(), heard.askedAt(), heard.at(), what, standing);
    }

    private List<LedgerCall> calls() {
        return tape.arrived().stream()
                .map(call -> new LedgerCall(
                        LEDGER,
                        call.at(),
                        call.gid(),
                        call.branch(),
                        call.op(),
                        call.attempt(),
                        call.fence(),
                        Long.toString(call.incarnation()),
                        call.isFromTheDead(),
                        call.receipt()))
                .toList();
    }

    private List<LedgerAnswer> answers() {
        return tape.answered().stream()
                .map(answer -> new LedgerAnswer(
                        LEDGER,
                        answer.at(),
                        answer.gid(),
                        answer.branch(),
                        answer.op(),
                        answer.attempt(),
                        answer.fence(),
                        1))
                .toList();
    }

    private List<LedgerEffect> effects() {
        List<LedgerEffect> effects = new ArrayList<>();
        for (Tape.Done done : tape.done()) {
            effects.add(new LedgerEffect(
                    LEDGER,
                    effects.size(),
                    done.at(),
                    done.gid(),
                    done.branch(),
                    done.op(),
                    done.attempt(),
                    done.fence(),
                    0,
                    done.receipt()));
        }
        return effects;
    }
}
