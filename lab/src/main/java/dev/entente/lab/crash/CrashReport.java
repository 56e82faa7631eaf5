package dev.entente.lab.crash;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.entente.lab.judge.Claim;
import dev.entente.lab.judge.Invariant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The findings of a run.
 *
 * @param kills all, in their order
 * @param openAtKill one figure per cycle: what was unfinished right after the coordinator's kill
 * @param openByState how many of them, over all cycles, were in each durable state
 * @param decisionKills cycles in which the coordinator ended between a decision and its first completion or undo
 */
public record CrashReport(
        Reckoning reckoning,
        List<Kill> kills,
        List<Long> openAtKill,
        Map<String, Long> openByState,
        long decisionKills) {
    /** A kill that meets fewer does not count. */
    public static final long OPEN_AT_LEAST = 50;

    /** Shorter runs need not have hit every state. */
    private static final int CYCLES_FOR_EVERY_STATE = 3;

    private static final List<String> STATES = List.of("RUNNING", "COMPLETING", "UNDOING");
    private static final Gson PRETTY =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    /** Returns everything that does not hold; empty if all is well. */
    List<String> complaints() {
        List<String> complaints = new ArrayList<>(reckoning.verdict().findings());
        complaints.addAll(reckoning.broken());
        reckoning.unbalanced().stream().map(Invariant::name).forEach(complaints::add);
        openAtKill.stream()
                .filter(open -> open < OPEN_AT_LEAST)
                .forEach(open ->
                        complaints.add("only " + open + " transactions were open at a kill: it hurt too little"));
        if (openAtKill.size() >= CYCLES_FOR_EVERY_STATE) {
            STATES.stream()
                    .filter(state -> openByState.getOrDefault(state, 0L) == 0)
                    .forEach(state -> complaints.add("no kill met a transaction in state " + state));
        }
        if (decisionKills < openAtKill.size() / CYCLES_FOR_EVERY_STATE) {
            complaints.add("only " + decisionKills + " kills fell between a decision and its first completion or undo");
        }
        return complaints;
    }

    /** Ends that are not those of the ledgers, or not those that a client was told. */
    public long contradictions() {
        return reckoning.verdict().contradictions() + reckoning.toldOtherwise();
    }

    String toJson() {
        JsonObject json = new JsonObject();
        json.addProperty("accepted", reckoning.accepted());
        json.addProperty("succeeded", reckoning.ended(Claim.End.SUCCEEDED));
        json.addProperty("aborted", reckoning.ended(Claim.End.ABORTED));
        json.addProperty("parked", reckoning.ended(Claim.End.PARKED));
        JsonArray because = new JsonArray();
        reckoning.parked().forEach(because::add);
        json.add("parked_because", because);
        JsonArray open = new JsonArray();
        openAtKill.forEach(open::add);
        json.add("open_at_kill", open);
        JsonObject states = new JsonObject();
        openByState.forEach(states::addProperty);
        json.add("open_by_state", states);
        json.addProperty("decision_kills", decisionKills);
        json.addProperty("lost", reckoning.verdict().lost());
        json.addProperty("contradictions", contradictions());
        json.addProperty("duplicate_effects", reckoning.verdict().duplicateEffects());
        return PRETTY.toJson(json);
    }

    String toText() {
        return """
            accepted %d: %d succeeded, %d aborted, %d parked%s
            open at each kill: %s (by durable state: %s)
            kills between a decision and its first completion or undo: %d
            lost %d, contradictions %d, duplicate effects %d\
            """.formatted(
                reckoning.accepted(),
                reckoning.ended(Claim.End.SUCCEEDED),
                reckoning.ended(Claim.End.ABORTED),
                reckoning.ended(Claim.End.PARKED),
                reckoning.parked().stream().map(why -> "\n  parked " + why).collect(Collectors.joining()),
                openAtKill,
                openByState,
                decisionKills,
                reckoning.verdict().lost(),
                contradictions(),
                reckoning.verdict().duplicateEffects());
    }
}
