package dev.entente.torture;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;

import dev.entente.rig.Json;
import dev.entente.torture.check.Evidence;
import dev.entente.torture.check.ReportedState;
import dev.entente.torture.check.TransactionReport;
import dev.entente.torture.inject.InjectedFault;
import dev.entente.torture.inject.Injector;
import dev.entente.torture.load.Job;
import dev.entente.torture.load.Load;
import dev.entente.torture.load.OperationPreviewer;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The findings of a run, for people and programs. */
final class Report implements RunFindings {
    private final Facts facts;
    private final Load load;
    private final Injector injector;
    private final Evidence evidence;
    private final CheckResults checkResults;
    private final OperationPreviewer previewed;
    private final List<FaultRecovery> recoveries;

    /**
     * The parameters of a run.
     *
     * @param beganMillis since the epoch
     */
    record Facts(long seed, long beganMillis, Duration length, int coordinators) {}

    Report(Facts facts, Load load, Injector injector, CheckResults checkResults, OperationPreviewer previewed) {
        this.facts = facts;
        this.load = load;
        this.injector = injector;
        this.evidence = checkResults.evidence();
        this.checkResults = checkResults;
        this.previewed = previewed;
        this.recoveries = injector.injected().stream()
                .map(injected -> FaultRecovery.of(injected, load.jobs()))
                .toList();
    }

    @Override
    public List<String> complaints() {
        List<String> complaints = checkResults.complaints(load.anomalies());
        injector.failures().forEach(failure -> complaints.add("a fault could not be injected: " + failure));
        complaints.addAll(previewed.violations());
        return complaints;
    }

    private long standing(ReportedState... any) {
        return evidence.txReports().stream()
                .filter(txReport -> List.of(any).contains(txReport.standing()))
                .count();
    }

    private double answeredRatio() {
        List<Job> jobs = load.jobs();
        long answered = jobs.stream().filter(FaultRecovery::isAnswered).count();
        return jobs.isEmpty() ? 1 : Math.round(1000.0 * answered / jobs.size()) / 1000.0;
    }

    private Map<String, List<FaultRecovery>> byClass() {
        return new TreeMap<>(recoveries.stream()
                .collect(groupingBy(recovery -> recovery.injected().title())));
    }

    @Override
    public String toJson() {
        Map<String, Object> classes = new LinkedHashMap<>();
        byClass().forEach((title, all) -> classes.put(title, classOf(all)));
        return Json.pretty(Json.object(
                "seed", facts.seed(),
                "commit", RunFindings.commit(),
                "seconds", facts.length().toSeconds(),
                "coordinators", facts.coordinators(),
                "faults", recoveries.stream().map(this::json).toList(),
                "submitted", load.jobs().size(),
                "accepted", load.accepted(),
                "ended", standing(ReportedState.SUCCEEDED, ReportedState.ABORTED, ReportedState.GIVEN_UP),
                "parked", standing(ReportedState.PARKED),
                "unread", standing(ReportedState.UNREAD),
                "parked_because", parkedBecause(),
                "outcomes", outcomes(),
                "violations", complaints(),
                "answered_ratio", answeredRatio(),
                "recovery_ms", percentiles(recoveries),
                "classes", classes,
                "calls", evidence.calls().size(),
                "effects", evidence.effects().size(),
                "reference_checked", checkResults.reference().checked(),
                "previews", previewed.figures()));
    }

    private Object json(FaultRecovery recovery) {
        InjectedFault injected = recovery.injected();
        return Json.object(
                "at_ms", injected.atMillis() - facts.beganMillis(),
                "class", injected.title(),
                "target", injected.target(),
                "lasted_ms", injected.repairedAtMillis() - injected.atMillis(),
                "answered_ratio", FaultRecovery.answeredRatio(List.of(recovery)),
                "recovery_ms", recovery.recoveryMillis());
    }

    private Map<String, Long> parkedBecause() {
        return evidence.txReports().stream()
                .filter(txReport -> txReport.standing() == ReportedState.PARKED)
                .collect(groupingBy(TransactionReport::parkedBecause, TreeMap::new, counting()));
    }

    /** Returns the number of transactions by pattern and state. */
    private Map<String, Long> outcomes() {
        Map<String, ReportedState> standings = new HashMap<>();
        evidence.txReports().forEach(txReport -> standings.put(txReport.gid(), txReport.standing()));
        return evidence.shapes().stream()
                .collect(groupingBy(
                        shape -> shape.pattern() + " " + standings.get(shape.gid()), TreeMap::new, counting()));
    }

    private static Object percentiles(List<FaultRecovery> recoveries) {
        return Json.object(
                "p50", FaultRecovery.percentile(recoveries, 50),
                "p99", FaultRecovery.percentile(recoveries, 99),
                "max", FaultRecovery.percentile(recoveries, 100));
    }

    private static Object classOf(List<FaultRecovery> recoveries) {
        return Json.object(
                "faults", recoveries.size(),
                "answered_ratio", FaultRecovery.answeredRatio(recoveries),
                "p50_ms", FaultRecovery.percentile(recoveries, 50),
                "p99_ms", FaultRecovery.percentile(recoveries, 99));
    }

    @Override
    public String toText() {
        StringBuilder text =
                new StringBuilder("%d faults; %d submitted, %d accepted; %d finished, %d parked %s, %d unread%n"
                        .formatted(
                                recoveries.size(),
                                load.jobs().size(),
                                load.accepted(),
                                standing(ReportedState.SUCCEEDED, ReportedState.ABORTED, ReportedState.GIVEN_UP),
                                standing(ReportedState.PARKED),
                                parkedBecause(),
                                standing(ReportedState.UNREAD)));
        text.append("compared with the reference: %d%n"
                .formatted(checkResults.reference().checked()));
        if (previewed.states() > 0) {
            text.append("operations compared with their previews: %s%n".formatted(previewed.figures()));
        }
        text.append("answered within %d s: %.3f of all submits; violations: %d%n"
                .formatted(
                        FaultRecovery.TIMEOUT_MILLIS / 1000,
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
