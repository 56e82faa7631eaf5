package dev.entente.server.store.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonParser;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.Database;
import dev.entente.server.store.TestDatabase;
import dev.entente.server.store.audit.sink.AuditSink;
import dev.entente.server.store.audit.sink.SinkLine;
import dev.entente.server.telemetry.Metrics;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

class AuditShippingTest {
    private static final long MINE = 7;
    private static final long OTHER = 3;
    private static final AuditRecord ACT = new AuditRecord("ann", "park", "g", "why", "", "");

    private final Sink sink = new Sink();
    private Database database;
    private AuditChain chain;
    private @Nullable AuditShipping shipping;

    /** Keeps lines, unless it is told to fail before or after it has them. */
    private static final class Sink implements AuditSink {
        final List<String> lines = new CopyOnWriteArrayList<>();
        volatile boolean isAway;
        volatile boolean failsBehind;

        @Override
        public String name() {
            return "file";
        }

        @Override
        public void take(List<SinkLine> taken) throws IOException {
            if (isAway) {
                throw new IOException("away");
            }
            taken.forEach(each -> lines.add(each.json()));
            if (failsBehind) {
                throw new IOException("it has them, and nobody knows");
            }
        }

        List<String> links() {
            return lines.stream()
                    .map(each -> JsonParser.parseString(each).getAsJsonObject())
                    .filter(each -> each.has("link"))
                    .map(each -> each.get("link").getAsString().replaceFirst(":[0-9a-f]*$", ""))
                    .toList();
        }

        @Override
        public void close() {}
    }

    @BeforeEach
    void open() {
        database = TestDatabase.migrated();
        chain = new AuditChain(database);
        live(MINE);
    }

    @AfterEach
    void close() {
        if (shipping != null) {
            shipping.close();
        }
        database.close();
    }

    private void start() {
        shipping = new AuditShipping(database, sink, Metrics.withoutJvm());
        shipping.start(() -> OptionalLong.of(MINE));
    }

    private AuditShipping running() {
        return Objects.requireNonNull(shipping);
    }

    private void live(long incarnation) {
        execute("insert into coordinator (incarnation, node, address, version) values (" + incarnation
                + ", 'n', 'localhost:1', 'test')");
    }

    private void die(long incarnation) {
        execute("update coordinator set dead_at = now() where incarnation = " + incarnation);
    }

    private void execute(String... statements) {
        TestDatabase.execute(database, statements);
    }

    private void chained(long incarnation, int entries) {
        execute("insert into audit_entry (actor, act, gid, reason, before, after)"
                + " select 'ann', 'park', 'g-' || i, '', '', '' from generate_series(1, " + entries + ") i");
        int linked = 0;
        while (linked < entries) {
            linked += chain.link(incarnation, true);
        }
    }

    private void awaitLinks(String... links) {
        await().untilAsserted(() -> assertThat(sink.links()).containsExactly(links));
    }

    @Test
    void what_is_chained_is_shipped_in_order_and_once() {
        start();
        chained(MINE, 2);
        awaitLinks("7:1", "7:2");
        chained(MINE, 1);
        awaitLinks("7:1", "7:2", "7:3");
    }

    @Test
    void a_shipped_link_is_an_anchor() throws Exception {
        chained(MINE, 3);
        start();
        await().until(() -> sink.lines.size() == 3);
        String last = JsonParser.parseString(sink.lines.getLast())
                .getAsJsonObject()
                .get("link")
                .getAsString();

        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(database.settings().jdbcUrl());
        source.setUser(database.settings().user());
        source.setPassword(database.settings().password());
        assertThat(AuditVerification.of(source, List.of(AuditVerdict.Anchor.of(last)))
                        .holds())
                .isTrue();
        execute("update audit_link set hash = sha256('other') where seq = 3");
        assertThat(AuditVerification.of(source, List.of(AuditVerdict.Anchor.of(last)))
                        .findings())
                .extracting(AuditVerdict.Finding::kind)
                .contains(AuditVerdict.Kind.ANCHOR);
    }

    @Test
    void the_next_start_goes_on_where_the_last_one_was_killed() {
        start();
        chained(MINE, 2);
        awaitLinks("7:1", "7:2");
        running().close();
        chained(MINE, 2);
        start();
        awaitLinks("7:1", "7:2", "7:3", "7:4");
    }

    @Test
    void what_a_dead_incarnation_left_is_shipped_by_another() {
        start();
        awaitBegun();
        running().close();
        live(OTHER);
        chained(OTHER, 2);
        die(OTHER);
        start();
        awaitLinks("3:1", "3:2");
    }

    @Test
    void what_was_chained_before_there_was_a_sink_is_left_out() {
        live(OTHER);
        chained(OTHER, 2);
        die(OTHER);
        start();
        chained(MINE, 1);
        awaitLinks("7:1");
    }

    @Test
    void more_than_a_slice_is_shipped_without_a_pause_between() {
        chained(MINE, 1201);
        start();
        await().untilAsserted(() -> assertThat(sink.links()).hasSize(1201).doesNotHaveDuplicates());
    }

    @Test
    void nothing_is_lost_while_the_sink_is_away_and_what_it_may_have_comes_again() {
        sink.isAway = true;
        start();
        chained(MINE, 1);
        awaitBegun();
        sink.isAway = false;
        sink.failsBehind = true;
        await().until(() -> !sink.lines.isEmpty());
        sink.failsBehind = false;

        await().untilAsserted(() -> assertThat(TestDatabase.number(
                        database, "select coalesce(max(shipped), 0) from audit_sink where incarnation = 7"))
                .isEqualTo(1));
        assertThat(sink.links()).hasSizeGreaterThan(1).containsOnly("7:1");
    }

    @Test
    void a_deleted_entry_is_told_of() {
        chained(MINE, 2);
        execute("delete from audit_entry where gid = 'g-1'");
        start();
        awaitLinks("7:1", "7:2");
        assertThat(sink.lines.getFirst()).contains("\"missing\":true");
    }

    @Test
    void an_act_waits_until_the_sink_has_it_and_fails_where_it_does_not_take_it() throws Exception {
        start();
        running().before(ACT).get();
        assertThat(sink.lines)
                .singleElement()
                .asString()
                .startsWith("{\"asked\":")
                .contains("\"actor\":\"ann\"");

        sink.isAway = true;
        assertThatThrownBy(() -> running().before(ACT).get())
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("away");
        sink.isAway = false;
        running().before(ACT).get();
    }

    @Test
    void too_many_acts_do_not_wait_and_none_waits_for_a_sink_that_is_closed() {
        shipping = new AuditShipping(database, sink, Metrics.withoutJvm());
        for (int i = 0; i < AuditShipping.MAX_ASKED; i++) {
            assertThat(running().before(ACT)).isNotDone();
        }
        assertThat(running().before(ACT)).isCompletedExceptionally();
        CompletableFuture<Void> last = running().before(ACT);
        running().close();
        assertThat(last).isCompletedExceptionally();
        assertThat(running().before(ACT)).isCompletedExceptionally();
    }

    private void awaitBegun() {
        await().until(() ->
                TestDatabase.number(database, "select count(*) from audit_sink where incarnation = 0") == 1);
    }
}
