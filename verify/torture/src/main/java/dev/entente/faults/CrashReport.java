package dev.entente.faults;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.entente.faults.check.Rule;
import dev.entente.faults.check.Standing;
import dev.entente.faults.check.TransactionReport;
import dev.entente.rig.KillCycles;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The findings of a run in which the coordinator alone was killed.
 *
 * @param accepted transactions whose client was told that they are durable
 * @param surprises answers that no client should ever get
 */
record CrashReport(long accepted, List<String> surprises, Judgement judgement, KillCycles.Toll toll) {
    private static final Gson PRETTY =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    /** Returns everything that does not hold; empty if all is well. */
    List<String> complaints() {
        return judgement.complaints(surprises);
    }

    private long lost() {
        return violations(Rule.ACCEPTED_ENDS);
    }

    private long duplicateEffects() {
        return violations(Rule.ONCE);
    }

    /** Everything else that the judges found. */
    private long contradictions() {
        return judgement.violations().size()
                + judgement.reference().accusations().size()
                - lost()
                - duplicateEffects();
    }

    private long violations(Rule rule) {
        return judgement.violations().stream()
                .filter(violation -> violation.rule() == rule)
                .count();
    }

    private List<String> parked() {
        return judgement.evidence().dossiers().stream()
                .filter(dossier -> dossier.standing() == Standing.PARKED)
                .map(dossier -> dossier.gid() + ": " + dossier.parkedBecause())
                .toList();
    }

    private long standing(Standing standing) {
        return judgement.evidence().dossiers().stream()
                .map(TransactionReport::standing)
                .filter(standing::equals)
                .count();
    }

    String toJson() {
        JsonObject json = new JsonObject();
        json.addProperty("accepted", accepted);
        json.addProperty("succeeded", standing(Standing.SUCCEEDED));
        json.addProperty("aborted", standing(Standing.ABORTED));
        json.addProperty("parked", parked().size());
        JsonArray because = new JsonArray();
        parked().forEach(because::add);
        json.add("parked_because", because);
        JsonArray open = new JsonArray();
        toll.openAtKill().forEach(open::add);
        json.add("open_at_kill", open);
        JsonObject states = new JsonObject();
        toll.openByState().forEach(states::addProperty);
        json.add("open_by_state", states);
        json.addProperty("decision_kills", toll.decisionKills());
        json.addProperty("lost", lost());
        json.addProperty("contradictions", contradictions());
        json.addProperty("duplicate_effects", duplicateEffects());
        return PRETTY.toJson(json);
    }

    String toText() {
        return """
            accepted %d: %d succeeded, %d aborted, %d parked%s
            open at each kill: %s (by durable state: %s)
            kills between a decision and its first completion or undo: %d
            lost %d, contradictions %d, duplicate effects %d\
            """.formatted(
                        accepted,
                        standing(Standing.SUCCEEDED),
                        standing(Standing.ABORTED),
                        parked().size(),
                        parked().stream().map(why -> "\n  parked " + why).collect(Collectors.joining()),
                        toll.openAtKill(),
                        toll.openByState(),
                        toll.decisionKills(),
                        lost(),
                        contradictions(),
                        duplicateEffects());
    }
}
