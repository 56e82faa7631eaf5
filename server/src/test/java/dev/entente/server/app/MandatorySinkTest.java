package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.entente.server.store.StartupFailure;
import dev.entente.server.store.TestDatabase;
import dev.entente.server.store.audit.sink.SyslogServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real servers whose audit goes to a file and to a syslog server, one of which must have each act. */
class MandatorySinkTest {
    @TempDir
    private Path folder;

    private static List<JsonObject> lines(Path file) {
        try {
            return Files.readAllLines(file).stream()
                    .map(line -> JsonParser.parseString(line).getAsJsonObject())
                    .toList();
        } catch (IOException gone) {
            return List.of();
        }
    }

    private static boolean has(List<JsonObject> lines, String field, String act, String gid) {
        return lines.stream()
                .anyMatch(line -> line.has(field)
                        && line.get("act").getAsString().equals(act)
                        && line.get("gid").getAsString().equals(gid));
    }

    @Test
    void while_the_file_takes_nothing_no_act_is_done_and_transactions_go_on() throws Exception {
        Path file = folder.resolve("audit.jsonl");
        try (TwoOperators operators =
                new TwoOperators(folder, Map.of("audit.file", file.toString(), "audit.mandatory", "file"))) {
            operators.parked("before");
            var _ = operators.operator("alice").retryTransaction(ActOriginTest.because("before"));
            assertThat(has(lines(file), "asked", "retry", "before")).isTrue();
            await().until(() -> has(lines(file), "link", "retry", "before"));

            // A folder in its place stands for a disk that takes nothing.
            Path kept = Files.move(file, folder.resolve("kept"));
            Files.createDirectory(file);
            operators.parked("while");
            assertThat(TwoOperators.refused(
                            () -> operators.operator("alice").retryTransaction(ActOriginTest.because("while")),
                            "ENT-056"))
                    .contains("UNAVAILABLE");
            assertThat(operators.get("while").hasParked()).isTrue();
            assertThat(operators.number(
                            "select count(*) from audit_entry where gid = 'while' and after not like 'REFUSED%'"))
                    .isZero();

            Files.delete(file);
            var _ = operators.operator("alice").retryTransaction(ActOriginTest.because("while"));
            await().until(() -> has(lines(file), "link", "retry", "while"));
            assertThat(has(lines(kept), "asked", "retry", "while")).isFalse();
        }
    }

    @Test
    void a_syslog_server_gets_entries_and_acts() throws Exception {
        try (SyslogServer syslog = SyslogServer.plain(0);
                TwoOperators operators = new TwoOperators(
                        folder,
                        Map.of("audit.syslog", "tcp://127.0.0.1:" + syslog.port(), "audit.mandatory", "syslog"))) {
            operators.parked("told");
            var _ = operators.operator("alice").retryTransaction(ActOriginTest.because("told"));
            assertThat(syslog.messages)
                    .anyMatch(message -> message.contains(" retry - {\"asked\":") && message.contains("\"told\""));
            await().until(() -> syslog.messages.stream()
                    .anyMatch(message -> message.contains(" retry - {\"link\":") && message.contains("\"told\"")));
        }
    }

    @Test
    void sinks_that_make_no_sense_are_refused_at_the_start() {
        refused(Map.of("audit.mandatory", "file"), "audit.file");
        refused(
                Map.of(
                        "audit.mandatory",
                        "syslog",
                        "audit.file",
                        folder.resolve("a").toString()),
                "audit.syslog");
        refused(Map.of("audit.file", folder.resolve("none/audit").toString()), "audit.file");
        refused(Map.of("audit.file", folder.toString()), "audit.file");
        refused(Map.of("audit.syslog", "udp://127.0.0.1:514"), "tcp://host:port");
        refused(Map.of("audit.syslog", "tcp://127.0.0.1:99999"), "tcp://host:port");
        refused(Map.of("audit.syslog", "tls://127.0.0.1:6514", "audit.syslogCa", "/none.pem"), "audit.syslogCa");
    }

    private static void refused(Map<String, String> more, String saying) {
        Map<String, String> settings = LocalServer.settings(TestDatabase.withSchema(), "n");
        settings.put("database.migrate", "true");
        settings.putAll(more);
        assertThatThrownBy(() -> LocalServer.start(settings))
                .isInstanceOf(StartupFailure.class)
                .hasMessageContaining(saying);
    }
}
