package dev.entente.faults;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.entente.faults.check.Evidence;
import dev.entente.faults.check.Standing;
import dev.entente.faults.check.TransactionReport;
import dev.entente.faults.inject.Injector;
import dev.entente.faults.load.Job;
import dev.entente.faults.load.Load;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The findings of a run, for people and programs. */
final class Report {
    private static final Gson PRETTY =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    private final Facts facts;
    private final Load load;
    private final Injector injector;
    private final Evidence evidence;
    private final Judgement judgement;
    private final List<FaultRecovery> recoveries;

    /**
     * The frame of a run.
     *
     * @param beganMillis since the epoch
     */
    record Facts(long seed, long beganMillis, Duration length, int coordinators) {}

    Report(Facts facts, Load load, Injector injector, Judgement judgement) {
        this.facts = facts;
        this.load = load;
        this.injector = injector;
        this.evidence = judgement.evidence();
        this.judgement = judgement;
        this.recoveries = injector.struck().stream()
                .map(struck -> FaultRecovery.of(struck, load.jobs()))
                .toList();
    }

    /** Sentences about everything that does not hold; empty if all is well. */
    List<String> complaints() {
        List<String> complaints = judgement.complaints(load.surprises());
        injector.failures().forEach(failure -> complaints.add("a fault could not be carried out: " + failure));
        return complaints;
    }

    private long standing(Standing... any) {
        return evidence.dossiers().stream()
                .filter(dossier -> List.of(any).contains(dossier.standing()))
                .count();
    }

    private double answeredRatio() {
        List<Job> jobs = load.jobs();
        long answered = jobs.stream().filter(FaultRecovery::isAnswered).count();
        return jobs.isEmpty() ? 1 : Math.round(1000.0 * answered / jobs.size()) / 1000.0;
    }

    private Map<String, List<FaultRecovery>> byClass() {
        return new TreeMap<>(recoveries.stream()
                .collect(groupingBy(recovery -> recovery.struck().title())));
    }

    String toJson() {
        JsonObject json = new JsonObject();
        json.addProperty("seed", facts.seed());
        json.addProperty("commit", Commit.current());
        json.addProperty("seconds", facts.length().toSeconds());
        json.addProperty("coordinators", facts.coordinators());
        JsonArray faults = new JsonArray();
        recoveries.forEach(recovery -> faults.add(json(recovery)));
        json.add("faults", faults);
        json.addProperty("submitted", load.jobs().size());
        json.addProperty("accepted", load.accepted());
        json.addProperty("ended", standing(Standing.SUCCEEDED, Standing.ABORTED, Standing.GIVEN_UP));
        json.addProperty("parked", standing(Standing.PARKED));
        json.addProperty("unread", standing(Standing.UNREAD));
        json.add("parked_because", parkedBecause());
        json.add("outcomes", outcomes());
        JsonArray broken = new JsonArray();
        complaints().forEach(broken::add);
        json.add("violations", broken);
        json.addProperty("answered_ratio", answeredRatio());
        json.add("recovery_ms", percentiles(recoveries));
        JsonObject classes = new JsonObject();
        byClass().forEach((title, all) -> classes.add(title, classOf(all)));
        json.add("classes", classes);
        json.addProperty("calls", evidence.calls().size());
        json.addProperty("effects", evidence.effects().size());
        json.addProperty("reference_checked", judgement.reference().checked());
        return PRETTY.toJson(json);
    }

    private JsonObject json(FaultRecovery recovery) {
        JsonObject json = new JsonObject();
        json.addProperty("at_ms", recovery.struck().atMillis() - facts.beganMillis());
        json.addProperty("class", recovery.struck().title());
        json.addProperty("target", recovery.struck().target());
        json.addProperty(
                "lasted_ms",
                recovery.struck().mendedAtMillis() - recovery.struck().atMillis());
        json.addProperty("answered_ratio", FaultRecovery.answeredRatio(List.of(recovery)));
        json.addProperty("recovery_ms", recovery.recoveryMillis());
        return json;
    }

    private JsonObject parkedBecause() {
        JsonObject json = new JsonObject();
        evidence.dossiers().stream()
                .filter(dossier -> dossier.standing() == Standing.PARKED)
                .collect(groupingBy(TransactionReport::parkedBecause, TreeMap::new, counting()))
                .forEach(json::addProperty);
        return json;
    }

    /** How many of each pattern stand how. */
    private JsonObject outcomes() {
        Map<String, Standing> standings = new HashMap<>();
        evidence.dossiers().forEach(dossier -> standings.put(dossier.gid(), dossier.standing()));
        JsonObject json = new JsonObject();
        evidence.shapes().stream()
                .collect(groupingBy(
                        shape -> shape.pattern() + " " + standings.get(shape.gid()), TreeMap::new, counting()))
                .forEach(json::addProperty);
        return json;
    }

    private static JsonObject percentiles(List<FaultRecovery> recoveries) {
        JsonObject json = new JsonObject();
        json.addProperty("p50", FaultRecovery.percentile(recoveries, 50));
        json.addProperty("p99", FaultRecovery.percentile(recoveries, 99));
        json.addProperty("max", FaultRecovery.percentile(recoveries, 100));
        return json;
    }

    private static JsonObject classOf(List<FaultRecovery> recoveries) {
        JsonObject json = new JsonObject();
        json.addProperty("faults", recoveries.size());
        json.addProperty("answered_ratio", FaultRecovery.answeredRatio(recoveries));
        json.addProperty("p50_ms", FaultRecovery.percentile(recoveries, 50));
        json.addProperty("p99_ms", FaultRecovery.percentile(recoveries, 99));
        return json;
    }

    String toText() {
        StringBuilder text =
                new StringBuilder("%d faults; %d submitted, %d accepted; %d ended, %d parked %s, %d unread%n"
                        .formatted(
                                recoveries.size(),
                                load.jobs().size(),
                                load.accepted(),
                                standing(Standing.SUCCEEDED, Standing.ABORTED, Standing.GIVEN_UP),
                                standing(Standing.PARKED),
                                parkedBecause(),
                                standing(Standing.UNREAD)));
        text.append("held to the reference semantics: %d%n"
                .formatted(judgement.reference().checked()));
        text.append("answered within %d s: %.3f of all submits; violations: %d%n"
                .formatted(
                        FaultRecovery.PATIENCE_MILLIS / 1000,
                        answeredRatio(),
                        complaints().size()));
        text.append("%-32s %6s %9s %9s %9s".formatted("class", "faults", "answered", "p50 ms", "p99 ms"));
        byClass()
                .forEach((title, all) -> text.append("%n%-32s %6d %9.3f %9d %9d"
                        .formatted(
                                title,
                                all.size(),
                                FaultRecovery.answeredRatio(all),
                                FaultRecovery.percentile(all, 50),
                                FaultRecovery.percentile(all, 99))));
        return text.toString();
    }
}
