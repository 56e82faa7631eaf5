package dev.entente.faults.rules;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;

import dev.entente.faults.check.Evidence;
import dev.entente.faults.check.LedgerCall;
import dev.entente.faults.check.TransactionReport;
import dev.entente.faults.load.ClientRecorder;
import dev.entente.faults.load.Commission;
import dev.entente.faults.load.Fleet;
import dev.entente.faults.machine.TortureRig;
import dev.entente.simulation.reference.Accusation;
import dev.entente.simulation.reference.Aftermath;
import dev.entente.simulation.reference.Aftermath.Arrival;
import dev.entente.simulation.reference.Blueprint;
import dev.entente.simulation.reference.Postmortem;
import dev.entente.simulation.reference.wire.ApiPlan;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.TccBranch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Holds every transaction whose plan is known to the reference, call by call: what came to the ledgers, what they
 * answered, and its record. What could not be read accuses nobody. For one thread.
 */
public final class RulesJudge {
    /** How far the ledgers' clocks and the coordinators' database's may be apart. */
    private static final long CLOCKS_MILLIS = 1000;

    private final Testimony testimony;
    private final ClientRecorder witness;
    private final Map<String, TransactionReport> dossiers = new HashMap<>();
    private final Map<String, List<Arrival>> arrivals;
    private final List<String> accusations = new ArrayList<>();
    private int checked;

    /** The findings: the number of transactions held to the reference, and the accusations for people. */
    public record Verdict(int checked, List<String> accusations) {}

    private RulesJudge(Evidence evidence, Testimony testimony, ClientRecorder witness) {
        this.testimony = testimony;
        this.witness = witness;
        evidence.dossiers().forEach(dossier -> dossiers.put(dossier.gid(), dossier));
        this.arrivals = evidence.calls().stream()
                .filter(call -> !call.caller().isEmpty())
                .sorted(Comparator.comparingLong(LedgerCall::at))
                .collect(groupingBy(
                        LedgerCall::gid, mapping(call -> new Arrival(call.at(), call.branch(), call.op()), toList())));
    }

    /** Judges all of these and the transactions of their steps. */
    public static Verdict judge(
            List<Commission> commissions, Evidence evidence, Testimony testimony, ClientRecorder witness) {
        RulesJudge judge = new RulesJudge(evidence, testimony, witness);
        for (Commission commission : commissions) {
            judge.judge(commission);
            commission.children().values().forEach(judge::judge);
        }
        return new Verdict(judge.checked, List.copyOf(judge.accusations));
    }

    private boolean isRead(String gid) {
        TransactionReport dossier = dossiers.get(gid);
        return dossier != null && dossier.isRead();
    }

    private void judge(Commission commission) {
        Transcript transcript = testimony.transcript(commission.gid());
        boolean areChildrenRead = commission.children().values().stream().allMatch(child -> isRead(child.gid()));
        if (transcript == null || !isRead(commission.gid()) || !areChildrenRead) {
            return;
        }
        checked++;
        List<Accusation> found = Postmortem.judge(
                blueprint(commission, transcript),
                aftermath(commission, transcript),
                CLOCKS_MILLIS + transcript.acceptedWithinMillis());
        if (!found.isEmpty()) {
            accusations.add(commission.gid() + ": " + found.getFirst()
                    + (found.size() > 1 ? " (and " + (found.size() - 1) + " more)" : "") + "; its plan: "
                    + Commission.text(commission));
        }
    }

    private static Blueprint blueprint(Commission commission, Transcript transcript) {
        ApiPlan source = new ApiPlan(
                commission.plan(), commission.isBegun(), transcript.acceptedAt(), subscribers(commission.plan()));
        Blueprint plan = source.blueprint();
        for (TccBranch branch : commission.joining()) {
            Blueprint.Limb limb = source.registered(branch);
            plan = transcript.joined().contains(limb.id()) ? plan.with(limb) : plan;
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

    private Aftermath aftermath(Commission commission, Transcript transcript) {
        return new Aftermath(
                transcript.steps(),
                transcript.isForced(),
                witness.deeds(commission.gid()),
                arrivals.getOrDefault(commission.gid(), List.of()),
                testimony.answers(commission.gid()),
                accepted(commission));
    }

    private Map<String, Long> accepted(Commission commission) {
        Map<String, Long> accepted = new HashMap<>();
        commission.children().forEach((step, child) -> {
            Transcript transcript = testimony.transcript(child.gid());
            if (transcript != null) {
                accepted.put(step, transcript.acceptedAt());
            }
        });
        return accepted;
    }
}
