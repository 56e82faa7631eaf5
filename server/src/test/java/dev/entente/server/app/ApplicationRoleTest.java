package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.util.JsonFormat;
import dev.entente.server.cli.Cli;
import dev.entente.server.participant.LoopbackHttp;
import dev.entente.server.participant.LoopbackHttp.Answer;
import dev.entente.server.store.Database;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.TestDatabase;
import dev.entente.server.store.admin.Retention;
import dev.entente.v1.HttpCall;
import dev.entente.v1.ListTransactionsRequest;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.Operation;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.Subscription;
import dev.entente.v1.TopicServiceGrpc;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionFilter;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.UnsubscribeRequest;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A coordinator that runs as the role that {@code entente migrate --role} makes. */
class ApplicationRoleTest {
    private static final String ROLE = "entente app \"of tests\"";
    private static final String DENIED = "42501";

    /** An answer that no retry helps against, as the participant says itself. */
    private static final Answer BROKEN = Answer.of(404, "{\"entente\": {\"reason\": \"ENT-091\"}}");

    @TempDir
    static Path folder;

    private static DatabaseSettings owner;
    private static String url;
    private static LoopbackHttp shop;
    private static AskedStatements asked;
    private static Server server;
    private static ManagedChannel channel;

    @BeforeAll
    static void start() throws IOException {
        owner = TestDatabase.empty();
        url = owner.jdbcUrl().replaceAll("user=[a-z]*&?", "").replaceAll("[?]$", "");
        Files.writeString(folder.resolve("password"), owner.password());
        Cli made = migrated(ROLE);
        assertThat(made.exit()).as(made.err()).isZero();
        assertThat(made.out()).contains("schema version").contains("was made, without a password");
        TestDatabase.execute(owner.jdbcUrl(), "alter role \"entente app \"\"of tests\"\"\" password 'app'");
        shop = LoopbackHttp.start(call -> call.path().equals("/broken") ? BROKEN : Answer.of(200, "{}"));
        Map<String, String> settings =
                LocalServer.settings(new DatabaseSettings(url, ROLE, "app", 8, false, owner.patience()), "a");
        settings.put("participants.shop.target", shop.url());
        settings.put("audit.file", folder.resolve("audit").toString());
        asked = new AskedStatements();
        server = LocalServer.start(settings);
        channel = Grpc.newChannelBuilder(server.ready().grpc(), InsecureChannelCredentials.create())
                .build();
    }

    @AfterAll
    static void stop() {
        channel.shutdownNow();
        server.drain();
        asked.close();
        shop.close();
    }

    private static Cli migrated(String name) {
        String password = folder.resolve("password").toString();
        return Cli.run(
                "migrate",
                "--role",
                name,
                "--jdbc-url",
                url,
                "--jdbc-user",
                owner.user(),
                "--jdbc-password-file",
                password);
    }

    private static Transaction submit(String plan) throws IOException {
        SubmitTransactionRequest.Builder request = SubmitTransactionRequest.newBuilder();
        JsonFormat.parser().merge("{\"wait\": \"30s\", \"plan\": " + plan + "}", request);
        return TransactionServiceGrpc.newBlockingStub(channel)
                .submitTransaction(request.build())
                .getTransaction();
    }

    private static String saga(String gid, String path) {
        return """
            {"gid": "%s", "name": "order", "labels": {"shop": "9"}, "saga": {"steps": [
              {"id": "pay", "action": {"http": {"participant": "shop", "path": "%s"}}, "no_undo": true}]}}\
            """.formatted(gid, path);
    }

    private static String message(String gid) {
        return """
            {"gid": "%s", "name": "event", "message": {"ordering_key": "k", "deliveries": [
              {"http": {"participant": "shop", "path": "/told"}, "json": {"order": 1}}]}}\
            """.formatted(gid);
    }

    private static long number(String user, String password, String query) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url, user, password);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getLong(1);
        }
    }

    private static long number(String query) throws SQLException {
        return number(owner.user(), owner.password(), query);
    }

    private static void executeAsRole(String... statements) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url, ROLE, "app");
                Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        }
    }

    @Test
    void it_does_the_work_of_a_coordinator() throws Exception {
        work("");
        await().until(() -> number("""
            select count(*) from audit_entry e join audit_link l on l.entry = e.id
            where e.act in ('start', 'retry', 'unsubscribe')\
            """) >= 3);
    }

    /** Transactions, messages, an act and a subscription. */
    private static void work(String suffix) throws IOException {
        assertThat(submit(saga("paid" + suffix, "/pay")).getState()).isEqualTo(Transaction.State.SUCCEEDED);
        assertThat(submit(message("first" + suffix)).getState()).isEqualTo(Transaction.State.SUCCEEDED);
        assertThat(submit(message("second" + suffix)).getState()).isEqualTo(Transaction.State.SUCCEEDED);
        assertThat(submit(saga("parked" + suffix, "/broken")).hasParked()).isTrue();
        var _ = OperatorServiceGrpc.newBlockingStub(channel)
                .retryTransaction(OperateRequest.newBuilder()
                        .setGid("parked" + suffix)
                        .setReason("mended")
                        .build());
        Subscription subscription = Subscription.newBuilder()
                .setTopic("orders")
                .setSubscriber("stock")
                .setDeliver(Operation.newBuilder()
                        .setHttp(HttpCall.newBuilder().setParticipant("shop").setPath("/told")))
                .build();
        TopicServiceGrpc.TopicServiceBlockingStub topics = TopicServiceGrpc.newBlockingStub(channel);
        var _ = topics.subscribe(subscription);
        var _ = topics.subscribe(subscription);
        var _ = topics.unsubscribe(UnsubscribeRequest.newBuilder()
                .setTopic("orders")
                .setSubscriber("stock")
                .build());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "update audit_entry set actor = 'somebody else'",
                "delete from audit_entry",
                "insert into audit_entry (at, actor, act, gid, reason, before, after) values (now(), '', '', '', '',"
                        + " '', '')",
                "insert into audit_entry (id, actor, act, gid, reason, before, after) overriding system value"
                        + " values (7, '', '', '', '', '', '')",
                "truncate audit_entry",
                "update audit_link set hash = prev",
                "delete from audit_link",
                "truncate audit_link",
                "drop table audit_entry",
                "alter table audit_entry disable trigger all",
                "alter table audit_link add column more int",
                "create trigger forging before insert on audit_entry for each row execute function"
                        + " suppress_redundant_updates_trigger()",
                "create rule forging as on insert to audit_entry do instead nothing",
                "update audit_policy set at_least = interval '0'",
                "select * from audit_policy",
                "alter function prune_audit(bigint, interval, int) reset all",
                "create or replace function prune_audit(chain bigint, keep interval, slice int) returns int language"
                        + " sql as 'select 1'",
                "select * from audit_entry for update",
                "do $$ begin lock table audit_entry in exclusive mode; end $$",
                "truncate open_transaction",
                "create table somewhere_else (id int)",
                "set role postgres"
            })
    void it_may_not(String statement) {
        assertThatThrownBy(() -> executeAsRole(statement))
                .isInstanceOfSatisfying(
                        SQLException.class,
                        denied -> assertThat(denied.getSQLState()).isEqualTo(DENIED));
    }

    @Test
    void each_right_is_needed_by_something_that_a_coordinator_asks() throws Exception {
        work("-2");
        var _ = TransactionServiceGrpc.newBlockingStub(channel)
                .listTransactions(ListTransactionsRequest.newBuilder()
                        .setFilter(TransactionFilter.newBuilder().putLabels("shop", "9"))
                        .build());
        removeWhatIsOld();
        assertThat(asked.naming("coordinator")).anyMatch(each -> each.text().contains("delete from coordinator"));
        await().until(() -> !asked.naming("audit_sink").isEmpty());
        // the chain is made longer in the background, seconds after the entries
        await().until(() -> asked.naming("audit_entry").stream()
                .anyMatch(each -> each.text().contains("from audit_entry")));
        List<String> unneeded = new ArrayList<>();
        List<Right> rights = rights();
        assertThat(rights).hasSizeGreaterThan(30);
        for (Right right : rights) {
            if (!isNeeded(right)) {
                unneeded.add(right.text());
            }
        }
        assertThat(unneeded).isEmpty();
    }

    /** At once, and not when the coordinator does it, half a minute after its start. */
    private static void removeWhatIsOld() {
        try (Database database = Database.of(new DatabaseSettings(url, ROLE, "app", 2, false, owner.patience()));
                Retention retention = new Retention(database, Duration.ofDays(1))) {
            var _ = retention.sliceAndPause();
        }
    }

    /** A right as it is granted, and the name of what it is for. */
    private record Right(String text, String name) {}

    /** Reads from the database what the role may, by itself and not because everybody may. */
    private static List<Right> rights() throws SQLException {
        List<Right> rights = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(url, owner.user(), owner.password());
                PreparedStatement query = connection.prepareStatement("""
                    select privilege_type || ' on table ' || table_name as right, table_name as name
                    from information_schema.role_table_grants where grantee = ?
                    union all
                    select c.privilege_type || ' (' || string_agg(c.column_name, ', ') || ') on table ' || c.table_name,
                      c.table_name
                    from information_schema.role_column_grants c
                    where c.grantee = ? and not exists (
                      select 1 from information_schema.role_table_grants t
                      where t.grantee = c.grantee and t.table_name = c.table_name
                        and t.privilege_type = c.privilege_type)
                    group by c.privilege_type, c.table_name
                    union all
                    select 'execute on function ' || p.oid::regprocedure, p.proname
                    from pg_proc p, aclexplode(p.proacl) a
                    where a.grantee = (select oid from pg_roles where rolname = ?)
                    """)) {
            for (int i = 1; i <= 3; i++) {
                query.setString(i, ROLE);
            }
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    rights.add(new Right(row.getString("right"), row.getString("name")));
                }
            }
        }
        return rights;
    }

    /** Takes a right away, looks whether a statement that was asked is refused for want of it, and gives it back. */
    private static boolean isNeeded(Right right) throws SQLException {
        String role = "\"entente app \"\"of tests\"\"\"";
        TestDatabase.execute(owner.jdbcUrl(), "revoke " + right.text() + " from " + role);
        try (Connection connection = DriverManager.getConnection(url, ROLE, "app");
                Statement statement = connection.createStatement()) {
            for (AskedStatements.Asked each : asked.naming(right.name())) {
                if (isDenied(statement, each)) {
                    return true;
                }
            }
            return false;
        } finally {
            TestDatabase.execute(owner.jdbcUrl(), "grant " + right.text() + " to " + role);
        }
    }

    /** Has it planned, which checks rights, and not run. */
    private static boolean isDenied(Statement statement, AskedStatements.Asked asked) throws SQLException {
        String[] types = asked.types().isEmpty() ? new String[0] : asked.types().split(",");
        List<String> names = new ArrayList<>();
        for (String each : types) {
            try (ResultSet row = statement.executeQuery(
                    "select case when " + each + " = 0 then 'unknown' else " + each + "::oid::regtype::text end")) {
                row.next();
                names.add(row.getString(1));
            }
        }
        String values = String.join(", ", Collections.nCopies(types.length, "null"));
        try {
            statement.execute("prepare it" + (names.isEmpty() ? "" : "(" + String.join(", ", names) + ")") + " as "
                    + asked.text());
            statement.execute("explain execute it" + (types.length == 0 ? "" : "(" + values + ")"));
            return false;
        } catch (SQLException refused) {
            return DENIED.equals(refused.getSQLState());
        } finally {
            statement.execute("deallocate all");
        }
    }

    @Test
    void it_links_no_entry_that_is_yet_to_come() {
        assertThatThrownBy(() -> executeAsRole("""
            insert into audit_link (incarnation, seq, entry, prev, hash)
            select 424243, 1, max(id) + 1, sha256(''), sha256('') from audit_entry\
            """)).hasMessageContaining("a link of the audit needs an entry");
    }

    @Test
    void it_prunes_nothing_that_the_owner_wants_kept() throws Exception {
        assertThat(submit(saga("to-be-kept", "/broken")).hasParked()).isTrue();
        await().until(() -> number("select count(*) from audit_link") > 0);
        String prune = "select coalesce(sum(prune_audit(incarnation, interval '0', 1000000)), 0)"
                + " from (select distinct incarnation from audit_link) chains";
        assertThat(number(ROLE, "app", prune)).isZero();
        // Neither may it be told of tables of one's own, under the names that the function reads.
        executeAsRole(
                "create temp table audit_policy (at_least interval)",
                "insert into audit_policy values (interval '0')",
                "create temp table audit_entry (id bigint, at timestamptz)",
                prune);
        assertThat(number("select count(*) from audit_entry")).isPositive();
        assertThat(number("select count(*) from audit_entry where act = 'chain-pruned'"))
                .isZero();
    }

    @Test
    void a_role_from_which_nothing_can_be_kept_is_refused() throws Exception {
        Cli refused = migrated(owner.user());
        assertThat(refused.exit()).isNotZero();
        assertThat(refused.err()).contains("ENT-071").contains("--role " + owner.user());
        Cli again = migrated(ROLE);
        assertThat(again.exit()).as(again.err()).isZero();
        assertThat(again.out()).doesNotContain("was made");
        assertThat(number("select extract(day from at_least) from audit_policy"))
                .isEqualTo(400);
    }
}
