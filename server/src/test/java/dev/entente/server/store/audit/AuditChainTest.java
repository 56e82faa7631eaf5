package dev.entente.server.store.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.entente.server.store.Database;
import dev.entente.server.store.TestDatabase;
import dev.entente.server.store.audit.AuditVerdict.Anchor;
import dev.entente.server.store.audit.AuditVerdict.Finding;
import dev.entente.server.store.audit.AuditVerdict.Kind;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

class AuditChainTest {
    private static final long FIRST = 7;
    private static final long SECOND = 3;

    private Database database;
    private AuditChain chain;

    @BeforeEach
    void open() {
        database = TestDatabase.migrated();
        chain = new AuditChain(database);
        live(FIRST);
    }

    @AfterEach
    void close() {
        database.close();
    }

    private void live(long incarnation) {
        TestDatabase.execute(
                database,
                "insert into coordinator (incarnation, node, address, version) values (" + incarnation
                        + ", 'n', 'localhost:1', 'test')");
    }

    private void die(long incarnation) {
        TestDatabase.execute(database, "update coordinator set dead_at = now() where incarnation = " + incarnation);
    }

    private void entries(int count, int daysAgo) {
        TestDatabase.execute(database, """
            insert into audit_entry (at, actor, act, gid, reason, before, after, peer, request_id)
            select now() - interval '%d days', 'ann', 'park', 'g-' || i, 'why', 'RUNNING', 'PARKED', '10.0.0.1', 'r'
            from generate_series(1, %d) i\
            """.formatted(daysAgo, count));
    }

    private void tamper(String... statements) {
        TestDatabase.execute(database, statements);
    }

    private AuditVerdict verdict(Anchor... anchors) throws SQLException {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(database.settings().jdbcUrl());
        source.setUser(database.settings().user());
        source.setPassword(database.settings().password());
        return AuditVerification.of(source, List.of(anchors));
    }

    @Test
    void entries_are_chained_once_and_what_is_not_yet_chained_is_counted() throws SQLException {
        entries(1200, 0);
        assertThat(verdict().unchained()).isEqualTo(1200);
        assertThat(chain.link(FIRST, true)).isEqualTo(500);
        assertThat(chain.link(FIRST, false)).isEqualTo(500);
        assertThat(chain.link(FIRST, false)).isEqualTo(200);
        assertThat(chain.link(FIRST, false)).isZero();
        entries(3, 0);
        assertThat(chain.link(FIRST, false)).isEqualTo(3);

        AuditVerdict verdict = verdict();
        assertThat(verdict.holds()).isTrue();
        assertThat(verdict.links()).isEqualTo(1203);
        assertThat(verdict.unchained()).isZero();
        assertThat(verdict.heads()).singleElement().satisfies(head -> {
            assertThat(head.anchor().incarnation()).isEqualTo(FIRST);
            assertThat(head.anchor().seq()).isEqualTo(1203);
            assertThat(head.isClosed()).isFalse();
        });
    }

    @Test
    void an_entry_that_commits_after_later_ones_is_chained_at_the_next_look() throws SQLException {
        tamper("insert into audit_entry (id, actor, act, gid, reason, before, after) overriding system value"
                + " values (50, 'a', 'park', '', '', '', '')");
        assertThat(chain.link(FIRST, true)).isEqualTo(1);
        tamper("insert into audit_entry (id, actor, act, gid, reason, before, after) overriding system value"
                + " values (49, 'a', 'park', '', '', '', '')");
        assertThat(chain.link(FIRST, false)).isZero();
        assertThat(chain.link(FIRST, true)).isEqualTo(1);
        assertThat(verdict().holds()).isTrue();
    }

    @Test
    void a_changed_entry_is_found_whichever_field_it_is() throws SQLException {
        entries(9, 0);
        assertThat(chain.link(FIRST, true)).isEqualTo(9);
        tamper(
                "update audit_entry set actor = 'eve' where id = 1",
                "update audit_entry set act = 'retry' where id = 2",
                "update audit_entry set gid = 'g' where id = 3",
                "update audit_entry set reason = '' where id = 4",
                "update audit_entry set before = 'RUNNINGP', after = 'ARKED' where id = 5",
                "update audit_entry set peer = '10.0.0.2' where id = 6",
                "update audit_entry set request_id = 's' where id = 7",
                "update audit_entry set at = at + interval '1 microsecond' where id = 8");

        assertThat(verdict().findings())
                .extracting(Finding::kind, Finding::seq)
                .containsExactlyElementsOf(LongStream.rangeClosed(1, 8)
                        .mapToObj(seq -> tuple(Kind.CHANGED, seq))
                        .toList());
    }

    @Test
    void a_deleted_entry_is_found_with_its_link_or_without() throws SQLException {
        entries(9, 0);
        assertThat(chain.link(FIRST, true)).isEqualTo(9);
        tamper("delete from audit_entry where id in (3, 6)", "delete from audit_link where entry = 6");

        assertThat(verdict().findings())
                .extracting(Finding::kind, Finding::seq)
                .containsExactly(tuple(Kind.DELETED, 3L), tuple(Kind.DELETED, 6L));
    }

    @Test
    void a_deleted_beginning_is_found() throws SQLException {
        entries(9, 0);
        assertThat(chain.link(FIRST, true)).isEqualTo(9);
        tamper("delete from audit_link where seq < 4", "delete from audit_entry where id < 4");
        assertThat(verdict().findings())
                .singleElement()
                .satisfies(finding -> assertThat(finding.kind()).isEqualTo(Kind.DELETED));
    }

    @Test
    void a_link_that_was_put_in_by_hand_does_not_follow() throws SQLException {
        entries(3, 0);
        assertThat(chain.link(FIRST, true)).isEqualTo(3);
        tamper("update audit_link set prev = sha256('x') where seq = 2");
        assertThat(verdict().findings()).extracting(Finding::kind).containsExactly(Kind.CHANGED, Kind.CHANGED);
    }

    @Test
    void the_chain_of_a_dead_incarnation_is_closed_once_and_grows_no_more() throws SQLException {
        entries(5, 0);
        assertThat(chain.link(FIRST, true)).isEqualTo(5);
        live(SECOND);
        assertThat(chain.closeDead(OptionalLong.of(SECOND))).isZero();
        die(FIRST);
        entries(1, 0);
        assertThat(chain.link(FIRST, true)).isZero();
        AuditChain successor = new AuditChain(database);
        assertThat(successor.closeDead(OptionalLong.of(SECOND))).isEqualTo(1);
        assertThat(successor.closeDead(OptionalLong.of(SECOND))).isZero();
        assertThat(successor.link(SECOND, true)).isEqualTo(2);

        AuditVerdict verdict = verdict();
        assertThat(verdict.holds()).isTrue();
        assertThat(verdict.heads())
                .extracting(head -> head.anchor().incarnation(), AuditVerdict.Head::isClosed)
                .containsExactly(tuple(SECOND, false), tuple(FIRST, true));
    }

    @Test
    void a_truncated_tail_of_a_closed_chain_is_found_and_so_is_a_chain_that_is_gone() throws SQLException {
        closedChain();
        tamper(
                "delete from audit_link where incarnation = 7 and seq > 3",
                "delete from audit_entry where id in (4, 5)");
        assertThat(verdict().findings())
                .containsExactly(
                        new Finding(Kind.TRUNCATED, FIRST, 4, "it was closed at 5, and its last links are not there"));
        tamper("delete from audit_link where incarnation = 7", "delete from audit_entry where id < 6");
        assertThat(verdict().findings()).extracting(Finding::kind).containsExactly(Kind.TRUNCATED);
    }

    private void closedChain() {
        entries(5, 0);
        assertThat(chain.link(FIRST, true)).isEqualTo(5);
        live(SECOND);
        die(FIRST);
        AuditChain successor = new AuditChain(database);
        assertThat(successor.closeDead(OptionalLong.of(SECOND))).isEqualTo(1);
        assertThat(successor.link(SECOND, true)).isEqualTo(1);
    }

    @Test
    void a_truncated_tail_of_a_living_chain_shows_by_an_anchor_alone() throws SQLException {
        entries(5, 0);
        assertThat(chain.link(FIRST, true)).isEqualTo(5);
        Anchor anchor = verdict().heads().getFirst().anchor();
        assertThat(verdict(anchor).holds()).isTrue();
        tamper("delete from audit_link where seq = 5", "delete from audit_entry where id = 5");

        assertThat(verdict().holds()).isTrue();
        assertThat(verdict(Anchor.of(anchor.text())).findings())
                .extracting(Finding::kind)
                .containsExactly(Kind.ANCHOR);
    }

    @Test
    void a_chain_that_was_computed_anew_shows_by_an_anchor_alone() throws SQLException {
        entries(5, 0);
        assertThat(chain.link(FIRST, true)).isEqualTo(5);
        Anchor anchor = verdict().heads().getFirst().anchor();
        tamper("update audit_entry set actor = 'eve' where id = 2", "delete from audit_link");
        assertThat(new AuditChain(database).link(FIRST, true)).isEqualTo(5);

        assertThat(verdict().holds()).isTrue();
        assertThat(verdict(anchor).findings()).extracting(Finding::kind).containsExactly(Kind.ANCHOR);
    }

    @Test
    void what_is_old_goes_from_the_beginning_and_the_rest_still_holds() throws SQLException {
        entries(3, 15);
        entries(2, 13);
        entries(1, 15);
        assertThat(chain.link(FIRST, true)).isEqualTo(6);
        Anchor early = new Anchor(FIRST, 2, "0".repeat(64));
        AuditPruning pruning = new AuditPruning(database, Duration.ofDays(14));
        assertThat(pruning.prune()).isEqualTo(3);
        assertThat(pruning.prune()).isZero();
        assertThat(chain.link(FIRST, true)).isEqualTo(1);

        assertThat(verdict(early).findings()).isEmpty();
        assertThat(TestDatabase.number(
                        database,
                        "select count(*) from audit_entry where act = 'chain-pruned' and reason ~"
                                + " '^3 entries until 20[0-9-]{8}T[0-9:]{8}Z were older than audit.retention$'"))
                .isEqualTo(1);
        assertThat(verdict().links()).isEqualTo(4);
        tamper("delete from audit_entry where act = 'chain-pruned'");
        assertThat(verdict().findings()).extracting(Finding::kind).containsExactly(Kind.DELETED, Kind.DELETED);
    }

    @Test
    void the_last_link_of_a_living_incarnation_stays_and_of_a_dead_one_goes() throws SQLException {
        entries(3, 15);
        assertThat(chain.link(FIRST, true)).isEqualTo(3);
        AuditPruning pruning = new AuditPruning(database, Duration.ofDays(14));
        assertThat(pruning.prune()).isEqualTo(2);
        live(SECOND);
        die(FIRST);
        AuditChain successor = new AuditChain(database);
        assertThat(successor.closeDead(OptionalLong.of(SECOND))).isEqualTo(1);
        assertThat(successor.link(SECOND, true)).isEqualTo(2);
        assertThat(pruning.prune()).isEqualTo(1);
        assertThat(successor.link(SECOND, true)).isEqualTo(1);

        assertThat(verdict().holds()).isTrue();
        assertThat(verdict().heads()).hasSize(1);
    }

    @Test
    void pruning_stops_where_an_entry_was_deleted_and_hides_it_not() throws SQLException {
        entries(6, 15);
        assertThat(chain.link(FIRST, true)).isEqualTo(6);
        tamper("delete from audit_entry where id in (1, 4)");
        AuditPruning pruning = new AuditPruning(database, Duration.ofDays(14));
        assertThat(pruning.prune()).isZero();
        assertThat(verdict().findings())
                .extracting(Finding::kind, Finding::seq)
                .containsExactly(tuple(Kind.DELETED, 1L), tuple(Kind.DELETED, 4L));
    }

    @Test
    void an_entry_whose_time_is_beyond_all_times_stops_no_chain_and_no_check() throws SQLException {
        tamper("alter table audit_entry drop constraint audit_entry_at_is_a_time");
        entries(1, 0);
        tamper(
                "update audit_entry set at = 'infinity'",
                "insert into audit_entry (at, actor, act, gid, reason, before, after)"
                        + " values ('-infinity', 'a', 'park', '', '', '', '')");
        entries(1, 0);
        assertThat(chain.link(FIRST, true)).isEqualTo(3);
        assertThat(verdict().holds()).isTrue();
        tamper("update audit_entry set at = '-infinity' where at = 'infinity'");
        assertThat(verdict().findings()).extracting(Finding::kind).containsExactly(Kind.CHANGED);
    }

    @Test
    void an_entry_has_a_time() {
        assertThatThrownBy(() -> tamper("insert into audit_entry (at, actor, act, gid, reason, before, after)"
                        + " values ('infinity', 'a', 'park', '', '', '', '')"))
                .hasMessageContaining("audit_entry_at_is_a_time");
    }

    @Test
    void entries_that_have_no_link_are_not_pruned() {
        entries(3, 15);
        assertThat(new AuditPruning(database, Duration.ofDays(14)).prune()).isZero();
        assertThat(TestDatabase.number(database, "select count(*) from audit_entry"))
                .isEqualTo(3);
    }
}
