package dev.entente.faults;

import dev.entente.faults.check.Evidence;
import dev.entente.faults.check.Violation;
import dev.entente.faults.load.Commission;
import dev.entente.faults.load.Job;
import dev.entente.faults.load.Load;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Writes down all that is known of the transactions that a judge complains of, for people. */
final class AccusedFile {
    private static final int MOST = 50;

    private final Evidence evidence;
    private final Load load;

    AccusedFile(Judgement judgement, Load load) {
        this.evidence = judgement.evidence();
        this.load = load;
    }

    /** Writes {@code accused.txt} into that folder. Blocks. */
    static void write(Judgement judgement, Load load, Path folder) throws IOException {
        Set<String> gids = new LinkedHashSet<>();
        judgement.violations().stream().map(Violation::gid).forEach(gids::add);
        judgement
                .reference()
                .accusations()
                .forEach(accusation -> gids.add(accusation.split(": ", 2)[0]));
        AccusedFile file = new AccusedFile(judgement, load);
        List<String> lines = new ArrayList<>();
        gids.stream().filter(gid -> !gid.isEmpty()).limit(MOST).forEach(gid -> lines.addAll(file.about(gid)));
        Files.write(folder.resolve("accused.txt"), lines);
    }

    private List<String> about(String gid) {
        String client = gid.split("/", 2)[0];
        List<String> lines = new ArrayList<>(List.of("== " + gid));
        Stream.of(
                        load.jobs().stream()
                                .filter(job -> job.shape().gid().equals(client))
                                .map(Job::commission)
                                .map(Commission::text),
                        evidence.shapes().stream().filter(one -> one.gid().equals(gid)),
                        evidence.dossiers().stream()
                                .filter(one -> one.gid().equals(gid))
                                .flatMap(one -> Stream.concat(
                                        Stream.of(one.standing() + " " + one.parkedBecause() + " " + one.branches()),
                                        one.history().stream())),
                        evidence.told().stream().filter(one -> one.gid().equals(gid)),
                        load.witness().deeds(gid).stream(),
                        evidence.calls().stream().filter(one -> one.gid().equals(gid)),
                        evidence.effects().stream().filter(one -> one.gid().equals(gid)))
                .flatMap(all -> all)
                .map(String::valueOf)
                .forEach(lines::add);
        return lines;
    }
}
