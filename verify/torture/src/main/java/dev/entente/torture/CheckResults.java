package dev.entente.torture;

import dev.entente.torture.check.Checker;
import dev.entente.torture.check.Evidence;
import dev.entente.torture.check.Violation;
import dev.entente.torture.load.Fleet;
import dev.entente.torture.load.Load;
import dev.entente.torture.load.RequestedTransaction;
import dev.entente.torture.machine.TortureRig;
import dev.entente.torture.rules.ReferenceChecker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The results of both checkers for a run.
 *
 * @param violations the checker's findings
 * @param reference the reference's findings
 */
record CheckResults(Evidence evidence, List<Violation> violations, ReferenceChecker.Verdict reference) {
    /** At most one in this many transactions may be unread: with more of them a run proves too little. */
    private static final int MAX_UNREAD = 20;

    private static final int MAX_EXPLAINED = 50;

    /** Queries each transaction of a finished load, reads the ledgers, and checks the evidence. Blocks. */
    static CheckResults of(TortureRig rig, Load load) throws Exception {
        try (Fleet patient = Fleet.patient(rig.nodes())) {
            Evidence evidence = new EvidenceCollector(rig, patient).collect(load);
            return new CheckResults(
                    evidence,
                    Checker.judge(evidence),
                    ReferenceChecker.judge(load.requests(), evidence, load.recorder()));
        }
    }

    /** Returns all findings, the answers that no client should receive, and a report of unread transactions. */
    List<String> complaints(List<String> anomalies) {
        List<String> complaints = new ArrayList<>();
        violations.forEach(violation -> complaints.add(violation.toString()));
        reference.ruleViolations().forEach(ruleViolation -> complaints.add("reference " + ruleViolation));
        anomalies.forEach(surprise -> complaints.add("unexpected result of a client: " + surprise));
        long unread = evidence.txReports().stream()
                .filter(txReport -> !txReport.isRead())
                .count();
        if (unread > evidence.txReports().size() / MAX_UNREAD) {
            complaints.add(unread + " of " + evidence.txReports().size()
                    + " transactions could not be read at the end of the run, and are not checked");
        }
        return complaints;
    }

    /** Writes all evidence about the transactions with findings into {@code accused.txt} of {@code folder}. Blocks. */
    void explain(Load load, Path folder) throws IOException {
        Set<String> gids = new LinkedHashSet<>();
        violations.stream().map(Violation::gid).filter(gid -> !gid.isEmpty()).forEach(gids::add);
        reference.ruleViolations().forEach(violation -> gids.add(violation.split(": ", 2)[0]));
        List<String> lines = new ArrayList<>();
        gids.stream().limit(MAX_EXPLAINED).forEach(gid -> {
            lines.add("== " + gid);
            known(gid, load).map(String::valueOf).forEach(lines::add);
        });
        Files.write(folder.resolve("accused.txt"), lines);
    }

    private Stream<?> known(String gid, Load load) {
        String client = gid.split("/", 2)[0];
        return Stream.of(
                        load.requests().stream()
                                .filter(one -> one.gid().equals(client))
                                .map(RequestedTransaction::text),
                        evidence.shapes().stream().filter(one -> one.gid().equals(gid)),
                        evidence.txReports().stream()
                                .filter(one -> one.gid().equals(gid))
                                .flatMap(one -> Stream.concat(Stream.of(one), one.history().stream())),
                        evidence.reported().stream().filter(one -> one.gid().equals(gid)),
                        load.recorder().observations(gid).stream(),
                        evidence.calls().stream().filter(one -> one.gid().equals(gid)),
                        evidence.answers().stream().filter(one -> one.gid().equals(gid)),
                        evidence.effects().stream().filter(one -> one.gid().equals(gid)))
                .flatMap(all -> all);
    }
}
