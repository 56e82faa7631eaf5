package dev.entente.server.store.audit.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.entente.server.Certificate;
import dev.entente.server.api.access.Tls;
import dev.entente.server.api.access.TlsFiles;
import dev.entente.server.telemetry.Metrics;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SyslogSinkTest {
    @TempDir
    static Path folder;

    private static List<SinkLine> line(String act, boolean isRefusal, String json) {
        return List.of(new SinkLine(Instant.parse("2026-11-23T10:00:00.5Z"), act, isRefusal, json));
    }

    private static SyslogSink sink(SyslogServer server) {
        return new SyslogSink("127.0.0.1", server.port(), null, "node a/ä");
    }

    @Test
    void messages_are_of_rfc_5424_each_behind_its_length_in_bytes() throws IOException {
        try (SyslogServer server = SyslogServer.plain(0);
                SyslogSink sink = sink(server)) {
            sink.take(line("park", false, "{\"reason\":\"ä\"}"));
            sink.take(line("chain closed", true, "{}"));

            await().until(() -> server.messages.size() == 2);
            long pid = ProcessHandle.current().pid();
            assertThat(server.messages)
                    .containsExactly(
                            "<109>1 2026-11-23T10:00:00.500000Z node-a/- entente " + pid + " park - {\"reason\":\"ä\"}",
                            "<108>1 2026-11-23T10:00:00.500000Z node-a/- entente " + pid + " chain-closed - {}");
        }
    }

    @Test
    void a_server_that_hung_up_is_called_again_and_gets_what_came_next() throws IOException {
        try (SyslogServer server = SyslogServer.plain(0);
                SyslogSink sink = sink(server)) {
            sink.take(line("one", false, "{}"));
            await().until(() -> server.messages.size() == 1);
            server.hangUp();
            sink.take(line("two", false, "{}"));

            await().untilAsserted(() -> assertThat(server.messages).hasSize(2));
        }
    }

    @Test
    void a_server_that_is_away_takes_nothing_until_it_is_back() throws IOException {
        SyslogServer before = SyslogServer.plain(0);
        try (SyslogSink sink = sink(before)) {
            sink.take(line("one", false, "{}"));
            // Only a connection that was accepted is ended by that.
            await().until(() -> before.messages.size() == 1);
            before.close();
            assertThatThrownBy(() -> sink.take(line("two", false, "{}"))).isInstanceOf(IOException.class);
            try (SyslogServer after = SyslogServer.plain(before.port())) {
                sink.take(line("three", false, "{}"));
                await().untilAsserted(() ->
                        assertThat(after.messages).singleElement().asString().contains(" three "));
            }
        }
    }

    @Test
    void a_server_that_reads_nothing_is_given_up() throws IOException {
        try (SyslogServer server = SyslogServer.deaf();
                SyslogSink sink = sink(server)) {
            List<SinkLine> much = Collections.nCopies(
                    500, line("park", false, "x".repeat(50_000)).getFirst());
            assertThatThrownBy(() -> sink.take(much)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void over_tls_the_server_must_be_whom_the_authorities_vouch_for() throws Exception {
        Certificate known = Certificate.selfSigned(folder, "known");
        Certificate other = Certificate.selfSigned(folder, "other");
        try (TlsFiles files = TlsFiles.watch(new Tls(known.chain(), known.key(), null, null), Metrics.withoutJvm());
                SyslogServer server = SyslogServer.encrypted(files.http().getServerSocketFactory());
                SyslogSink trusting = tls(server, "127.0.0.1", known);
                SyslogSink doubting = tls(server, "127.0.0.1", other);
                SyslogSink mistaken = tls(server, "localhost", known)) {
            trusting.take(line("one", false, "{}"));
            trusting.take(line("two", false, "{}"));
            await().untilAsserted(() -> assertThat(server.messages).hasSize(2));

            assertThatThrownBy(() -> doubting.take(line("no", false, "{}"))).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> mistaken.take(line("no", false, "{}"))).isInstanceOf(IOException.class);
            assertThat(server.messages).hasSize(2);
        }
    }

    private static SyslogSink tls(SyslogServer server, String host, Certificate authority) {
        return new SyslogSink(host, server.port(), () -> trusting(authority), "node-a");
    }

    private static SSLSocketFactory trusting(Certificate authority) throws IOException {
        try {
            return TlsFiles.trusting(authority.chain());
        } catch (GeneralSecurityException bad) {
            throw new IOException(bad);
        }
    }
}
