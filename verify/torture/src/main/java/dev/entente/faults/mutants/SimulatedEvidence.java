package dev.entente.faults.mutants;

import dev.entente.faults.check.ClientAnswer;
import dev.entente.faults.check.Evidence;
import dev.entente.faults.check.LedgerAnswer;
import dev.entente.faults.check.LedgerCall;
import dev.entente.faults.check.LedgerEffect;
import dev.entente.faults.check.NetworkObservation;
import dev.entente.faults.check.Shape;
import dev.entente.faults.check.Shape.BranchShape;
import dev.entente.faults.check.Shape.Gate;
import dev.entente.faults.check.Shape.Pattern;
import dev.entente.faults.check.Standing;
import dev.entente.faults.check.TransactionReport;
import dev.entente.simulation.RunRecording;
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
    private static final int MISCONFIGURED = 5;

    private final RunRecording tape;

    private SimulatedEvidence(RunRecording tape) {
        this.tape = tape;
    }

    static Evidence of(RunRecording tape) {
        return new SimulatedEvidence(tape).all();
    }

    private Evidence all() {
        List<Shape> shapes = new ArrayList<>();
        List<TransactionReport> dossiers = new ArrayList<>();
        for (RunRecording.Ended ended : tape.ended()) {
            pattern(ended.kind()).ifPresent(pattern -> {
                shapes.add(shape(ended, pattern));
                dossiers.add(dossier(ended));
            });
        }
        List<ClientAnswer> told =
                tape.heard().stream().map(SimulatedEvidence::told).toList();
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

    private static Shape shape(RunRecording.Ended ended, Pattern pattern) {
        List<BranchShape> branches =
                ended.parts().stream().map(SimulatedEvidence::branch).toList();
        Map<String, Set<String>> order =
                ended.parts().stream().collect(Collectors.toMap(RunRecording.Part::name, RunRecording.Part::after));
        return new Shape(ended.gid(), pattern, branches, ended.asksBack(), true, order);
    }

    private static BranchShape branch(RunRecording.Part part) {
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

    private NetworkObservation onlooker() {
        return new NetworkObservation(
                tape.flights().stream()
                        .map(flight -> new NetworkObservation.Flight(
                                flight.gid(), flight.branch(), flight.op(), flight.leftAt(), flight.awaitedUntil()))
                        .toList(),
                tape.standstills().stream()
                        .map(still -> new NetworkObservation.Standstill(still.from(), still.until()))
                        .toList(),
                0);
    }

    private static TransactionReport dossier(RunRecording.Ended ended) {
        List<TransactionReport.Entry> history = new ArrayList<>();
        for (RunRecording.Fact fact : ended.history()) {
            history.add(new TransactionReport.Entry(
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
        return new TransactionReport(
                ended.gid(), standing, ended.state(), "", ended.isForced(), ended.branches(), history);
    }

    private static String outcome(int code) {
        return switch (code) {
            case SUCCEEDED -> "OK";
            case REJECTED -> "REJECTED";
            case IN_PROGRESS -> "IN_PROGRESS";
            case MISCONFIGURED -> "MISCONFIGURED";
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

    private static ClientAnswer told(RunRecording.Heard heard) {
        ClientAnswer.What what = switch (heard.what()) {
            case "ACCEPTED" -> ClientAnswer.What.ACCEPTED;
            case "REFUSED" -> ClientAnswer.What.REFUSED;
            case "COMMITTED" -> ClientAnswer.What.COMMITTED;
            case "ABORTED" -> ClientAnswer.What.ABORTED;
            case "APPROVED" -> ClientAnswer.What.APPROVED;
            case "DISAPPROVED" -> ClientAnswer.What.DISAPPROVED;
            case "COMMIT_SENT" -> ClientAnswer.What.COMMIT_SENT;
            default -> ClientAnswer.What.SEEN;
        };
        Standing standing = what == ClientAnswer.What.SEEN ? standing(heard.state(), false) : Standing.OPEN;
        return new ClientAnswer(heard.gid(), heard.askedAt(), heard.at(), what, standing);
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
        for (RunRecording.Done done : tape.done()) {
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
