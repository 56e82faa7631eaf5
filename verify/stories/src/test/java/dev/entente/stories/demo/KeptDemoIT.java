package dev.entente.stories.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.client.Entente;
import dev.entente.stories.StoriesProcess;
import dev.entente.stories.plans.Purchase;
import dev.entente.v1.Transaction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@code ./entente demo --keep} with the built jar: the demo restarts killed processes. */
@Tag("deep")
@Tag("demo")
final class KeptDemoIT {
    private final List<String> printed = new CopyOnWriteArrayList<>();
    private Process demo;

    @BeforeEach
    void start() throws IOException {
        demo = StoriesProcess.start(
                "demo", "--keep", "--json", "--scenario", "transfer", "--seed", StoriesProcess.SEED);
        Thread.ofVirtual().start(() -> demo.errorReader().lines().forEach(printed::add));
    }

    @AfterEach
    void stop() throws InterruptedException {
        demo.destroy();
        demo.waitFor();
    }

    @Test
    void killed_processes_run_again_and_open_transactions_are_reported() throws Exception {
        String address = awaitPrinted("-d @ (\\S+) entente").group(1);
        try (Entente entente = Entente.builder(address).build()) {
            killWhileOneIsOpen(entente, "kept-1", "shipping", "coordinator");
            killWhileOneIsOpen(entente, "kept-2", "payment", "payment");
        }
        List<ProcessHandle> processes =
                Stream.concat(demo.descendants(), Stream.of(postgres())).toList();
        assertThat(processes).hasSizeGreaterThan(3);
        stop();
        await().untilAsserted(() ->
                assertThat(processes).filteredOn(ProcessHandle::isAlive).isEmpty());
        assertThat(printed).noneMatch(line -> line.contains("The demo ends"));
    }

    @Test
    void a_process_that_never_stays_up_ends_the_demo_with_a_message() throws Exception {
        long pid = pid("mail");
        Pattern again = Pattern.compile("! mail runs again \\(pid (\\d+)\\)");
        while (demo.isAlive()) {
            int seen = printed.size();
            signal("KILL", pid);
            await().until(() -> !demo.isAlive() || find(again, seen).findAny().isPresent());
            pid = find(again, seen)
                    .mapToLong(found -> Long.parseLong(found.group(1)))
                    .findAny()
                    .orElse(pid);
        }
        assertThat(demo.exitValue()).isEqualTo(1);
        awaitPrinted("The demo ends: mail was started 5 times in a row");
    }

    /** The transaction stays open because its participant is stopped. */
    private void killWhileOneIsOpen(Entente entente, String gid, String participant, String killed) throws Exception {
        signal("STOP", pid(participant));
        new Purchase(gid, "alice", "A-1", 1, 100, Map.of()).saga(entente).submit();
        signal("KILL", pid(killed));
        awaitPrinted("! %s \\(pid %d\\) ended by signal 9; open transactions at that moment: 1"
                .formatted(killed, pid(killed)));
        long again = Long.parseLong(awaitPrinted("! %s runs again \\(pid (\\d+)\\)".formatted(killed))
                .group(1));
        assertThat(again).isNotEqualTo(pid(killed));
        if (!participant.equals(killed)) {
            signal("CONT", pid(participant));
        }
        await().until(() -> entente.transactions().get(gid).getState() == Transaction.State.SUCCEEDED);
        awaitPrinted("1 SUCCEEDED \\(" + gid + "\\)");
    }

    private long pid(String process) {
        return Long.parseLong(awaitPrinted("  .*\\b" + process + " (\\d+)(,|$)").group(1));
    }

    /** PostgreSQL is no descendant of the demo. The coordinator's command line names the demo's folder. */
    private ProcessHandle postgres() throws IOException {
        long coordinator = Long.parseLong(
                awaitPrinted("! coordinator runs again \\(pid (\\d+)\\)").group(1));
        String command = Files.readString(Path.of("/proc/" + coordinator + "/cmdline"));
        Path config = Path.of(command.substring(command.indexOf("--config") + 9).split("\0", 2)[0]);
        String pid = Files.readAllLines(config.resolveSibling("postgres/postmaster.pid"))
                .getFirst();
        return ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
    }

    private MatchResult awaitPrinted(String pattern) {
        Pattern compiled = Pattern.compile(pattern);
        await(pattern).until(() -> find(compiled, 0).findAny().isPresent());
        return find(compiled, 0).findFirst().orElseThrow();
    }

    private Stream<MatchResult> find(Pattern pattern, int from) {
        return printed.stream().skip(from).flatMap(line -> pattern.matcher(line).results());
    }

    private static void signal(String name, long pid) throws Exception {
        new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor();
    }
}
