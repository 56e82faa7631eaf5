package dev.entente.participant;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.outbox.Outbox;
import dev.entente.outbox.OutboxMessage;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Outbox messages of prepared transactions. PostgreSQL cannot prepare the notification that wakes the relays. */
class XaOutboxTest extends XaFixture {
    @ParameterizedTest
    @ValueSource(strings = {"", "key"})
    void a_branch_can_enqueue_to_the_outbox(String key) throws Exception {
        Outbox outbox = Outbox.postgres();
        outbox.createTables(database);
        OutboxMessage keyless = OutboxMessage.toKafka("orders", new byte[0]);
        OutboxMessage message = key.isEmpty() ? keyless : keyless.key(key);
        for (String gid : List.of("t1", "t2")) {
            call(
                    gid,
                    BranchOp.PREPARE,
                    () -> xa.prepare(NOTHING, connection -> {
                        outbox.enqueue(connection, message);
                        return insert(connection, gid);
                    }));
            if (gid.equals("t1")) {
                commit(gid);
            } else {
                rollback(gid);
            }
        }
        assertThat(effects()).isEqualTo("1");
        assertThat(TestDatabase.text(database, "select count(*) from entente_outbox"))
                .isEqualTo("1");
        assertThat(prepared()).isEmpty();
    }
}
