package dev.entente.torture.rules;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;

import dev.entente.simulation.reference.AnswerKind;
import dev.entente.simulation.reference.FinalEvidence;
import dev.entente.simulation.reference.FinalEvidence.Answer;
import dev.entente.simulation.reference.FinalEvidence.Arrival;
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
public final class RulesJudge {
    private final ClientRecorder witness;
    private final Map<String, TransactionReport> dossiers = new HashMap<>();
    private final Map<String, List<Arrival>> arrivals;
    private final Map<String, List<Answer>> answers;
    private final List<String> accusations = new ArrayList<>();
    private int checked;

    /** The findings: the number of compared transactions, and the differences from the reference, for people. */
    public record Verdict(int checked, List<String> accusations) {}

    private RulesJudge(Evidence evidence, ClientRecorder witness) {
        this.witness = witness;
        evidence.dossiers().forEach(dossier -> dossiers.put(dossier.gid(), dossier));
        this.arrivals = evidence.calls().stream()
                .filter(LedgerCall::isFromCoordinator)
                .sorted(Comparator.comparingLong(LedgerCall::at))
                .collect(groupingBy(
                        LedgerCall::gid, mapping(call -> new Arrival(call.at(), call.branch(), call.op()), toList())));
        this.answers = evidence.answers().stream()
                .collect(groupingBy(LedgerAnswer::gid, mapping(RulesJudge::answer, toList())));
    }

    private static Answer answer(LedgerAnswer reported) {
        String tried = reported.tried();
        return new Answer(
                reported.at(),
                reported.branch(),
                reported.op(),
                AnswerKind.valueOf(reported.answer()),
                tried == null ? null : TriedChildren.paths(reported.branch(), tried));
    }

    /** Checks all these transactions and the transactions of their steps. */
    public static Verdict judge(List<RequestedTransaction> commissions, Evidence evidence, ClientRecorder witness) {
        RulesJudge judge = new RulesJudge(evidence, witness);
        for (RequestedTransaction commission : commissions) {
            judge.judge(commission);
            commission.children().values().forEach(judge::judge);
        }
        return new Verdict(judge.checked, List.copyOf(judge.accusations));
    }

    private boolean isRead(String gid) {
        TransactionReport dossier = dossiers.get(gid);
        return dossier != null && dossier.isRead();
    }

    private void judge(RequestedTransaction commission) {
        TransactionReport dossier = dossiers.get(commission.gid());
        boolean areChildrenRead = commission.children().values().stream().allMatch(child -> isRead(child.gid()));
        if (dossier == null || !isKnown(dossier) || !areChildrenRead) {
            return;
        }
        checked++;
        long acceptedAt = Transcript.acceptedAt(dossier);
        List<RuleViolation> found = Postmortem.judge(
                blueprint(commission, dossier, acceptedAt),
                aftermath(commission, dossier),
                Checker.CLOCKS_MILLIS + Math.abs(dossier.createdAt() - acceptedAt));
        if (!found.isEmpty()) {
            accusations.add(commission.gid() + ": "
                    + found.stream().map(RuleViolation::toString).distinct().collect(joining("; ")) + "; its plan: "
                    + commission.text());
        }
    }

    private static boolean isKnown(TransactionReport dossier) {
        return dossier.isRead() && dossier.standing() != ReportedState.UNKNOWN;
    }

    private static RulePlan blueprint(RequestedTransaction commission, TransactionReport dossier, long acceptedAt) {
        ApiPlan source =
                new ApiPlan(commission.plan(), commission.isBegun(), acceptedAt, subscribers(commission.plan()));
        RulePlan plan = source.rulePlan();
        for (TccBranch branch : commission.joining()) {
            RulePlan.Branch joined = source.registered(branch);
            boolean hasJoined = dossier.history().stream()
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

    private FinalEvidence aftermath(RequestedTransaction commission, TransactionReport dossier) {
        return new FinalEvidence(
                dossier.history().stream().map(Transcript::step).toList(),
                dossier.isForced(),
                witness.deeds(commission.gid()),
                arrivals.getOrDefault(commission.gid(), List.of()),
                answers.getOrDefault(commission.gid(), List.of()),
                accepted(commission));
    }

    private Map<String, Long> accepted(RequestedTransaction commission) {
        Map<String, Long> accepted = new HashMap<>();
        commission.children().forEach((step, child) -> {
            TransactionReport dossier = dossiers.get(child.gid());
            if (dossier != null && isKnown(dossier)) {
                accepted.put(step, Transcript.acceptedAt(dossier));
            }
        });
        return accepted;
    }
}
