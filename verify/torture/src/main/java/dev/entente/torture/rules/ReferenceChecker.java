package dev.entente.torture.rules;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;

import dev.entente.simulation.reference.FinalEvidence;
import dev.entente.simulation.reference.FinalEvidence.Answer;
import dev.entente.simulation.reference.FinalEvidence.Arrival;
import dev.entente.simulation.reference.OutcomeKind;
import dev.entente.simulation.reference.Postmortem;
import dev.entente.simulation.reference.RulePlan;
import dev.entente.simulation.reference.RuleViolation;
import dev.entente.simulation.reference.wire.ApiPlan;
import dev.entente.torture.check.Checker;
import dev.entente.torture.check.Evidence;
import dev.entente.torture.check.LedgerAnswer;
import dev.entente.torture.check.LedgerCall;
import dev.entente.torture.check.ReportedState;
import dev.entente.torture.check.TransactionReport;
import dev.entente.torture.load.ClientRecorder;
import dev.entente.torture.load.Fleet;
import dev.entente.torture.load.RequestedTransaction;
import dev.entente.torture.machine.TortureRig;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.TccBranch;
import dev.entente.wire.TriedChildren;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The comparison of every transaction with the reference, call by call: the calls and answers at the ledgers, and its
 * record. An unread record causes no finding. For one thread.
 */
public final class ReferenceChecker {
    private final ClientRecorder recorder;
    private final Map<String, TransactionReport> txReports = new HashMap<>();
    private final Map<String, List<Arrival>> arrivals;
    private final Map<String, List<Answer>> answers;
    private final List<String> ruleViolations = new ArrayList<>();
    private int checked;

    /** The findings: the number of compared transactions, and the differences from the reference, for people. */
    public record Verdict(int checked, List<String> ruleViolations) {}

    private ReferenceChecker(Evidence evidence, ClientRecorder recorder) {
        this.recorder = recorder;
        evidence.txReports().forEach(txReport -> txReports.put(txReport.gid(), txReport));
        this.arrivals = evidence.calls().stream()
                .filter(LedgerCall::isFromCoordinator)
                .sorted(Comparator.comparingLong(LedgerCall::at))
                .collect(groupingBy(
                        LedgerCall::gid, mapping(call -> new Arrival(call.at(), call.branch(), call.op()), toList())));
        this.answers = evidence.answers().stream()
                .collect(groupingBy(LedgerAnswer::gid, mapping(ReferenceChecker::answer, toList())));
    }

    private static Answer answer(LedgerAnswer reported) {
        String tried = reported.tried();
        return new Answer(
                reported.at(),
                reported.branch(),
                reported.op(),
                OutcomeKind.valueOf(reported.answer()),
                tried == null ? null : TriedChildren.paths(reported.branch(), tried));
    }

    /** Checks all these transactions and the transactions of their steps. */
    public static Verdict judge(List<RequestedTransaction> requests, Evidence evidence, ClientRecorder recorder) {
        ReferenceChecker judge = new ReferenceChecker(evidence, recorder);
        for (RequestedTransaction requested : requests) {
            judge.judge(requested);
            requested.children().values().forEach(judge::judge);
        }
        return new Verdict(judge.checked, List.copyOf(judge.ruleViolations));
    }

    private boolean isRead(String gid) {
        TransactionReport txReport = txReports.get(gid);
        return txReport != null && txReport.isRead();
    }

    private void judge(RequestedTransaction requested) {
        TransactionReport txReport = txReports.get(requested.gid());
        boolean areChildrenRead = requested.children().values().stream().allMatch(child -> isRead(child.gid()));
        if (txReport == null || !isKnown(txReport) || !areChildrenRead) {
            return;
        }
        checked++;
        long acceptedAt = Transcript.acceptedAt(txReport);
        List<RuleViolation> found = Postmortem.judge(
                blueprint(requested, txReport, acceptedAt),
                aftermath(requested, txReport),
                Checker.CLOCKS_MILLIS + Math.abs(txReport.createdAt() - acceptedAt));
        if (!found.isEmpty()) {
            ruleViolations.add(requested.gid() + ": "
                    + found.stream().map(RuleViolation::toString).distinct().collect(joining("; ")) + "; its plan: "
                    + requested.text());
        }
    }

    private static boolean isKnown(TransactionReport txReport) {
        return txReport.isRead() && txReport.standing() != ReportedState.UNKNOWN;
    }

    private static RulePlan blueprint(RequestedTransaction requested, TransactionReport txReport, long acceptedAt) {
        ApiPlan source = new ApiPlan(requested.plan(), requested.isBegun(), acceptedAt, subscribers(requested.plan()));
        RulePlan plan = source.rulePlan();
        for (TccBranch branch : requested.joining()) {
            RulePlan.Branch joined = source.registered(branch);
            boolean hasJoined = txReport.history().stream()
                    .anyMatch(entry -> entry.kind().equals("BRANCH_REGISTERED")
                            && entry.branch().equals(joined.id()));
            plan = hasJoined ? plan.with(joined) : plan;
        }
        return plan;
    }

    private static Map<String, List<String>> subscribers(Plan plan) {
        Map<String, List<String>> subscribers = new HashMap<>();
        int number = 0;
        for (Operation delivery : plan.getMessage().getDeliveriesList()) {
            number++;
            if (delivery.getTopic().equals(Fleet.TOPIC)) {
                subscribers.put("delivery-" + number, TortureRig.LEDGERS);
            }
        }
        return subscribers;
    }

    private FinalEvidence aftermath(RequestedTransaction requested, TransactionReport txReport) {
        return new FinalEvidence(
                txReport.history().stream().map(Transcript::step).toList(),
                txReport.isForced(),
                recorder.observations(requested.gid()),
                arrivals.getOrDefault(requested.gid(), List.of()),
                answers.getOrDefault(requested.gid(), List.of()),
                accepted(requested));
    }

    private Map<String, Long> accepted(RequestedTransaction requested) {
        Map<String, Long> accepted = new HashMap<>();
        requested.children().forEach((step, child) -> {
            TransactionReport txReport = txReports.get(child.gid());
            if (txReport != null && isKnown(txReport)) {
                accepted.put(step, Transcript.acceptedAt(txReport));
            }
        });
        return accepted;
    }
}
