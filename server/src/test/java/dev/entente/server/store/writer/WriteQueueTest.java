package dev.entente.server.store.writer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.store.Rows;
import dev.entente.server.store.writer.WriteQueue.Offered;
import java.util.List;
import org.junit.jupiter.api.Test;

class WriteQueueTest {
    private final WriteQueue queue = new WriteQueue();

    private static Pending accept(String gid) {
        return new Pending.Accept(Rows.running(gid));
    }

    private static Pending flush(String gid) {
        return new Pending.Write(Rows.flush(gid, 0, "p"));
    }

    private List<String> take(int most) throws InterruptedException {
        return queue.take(most, Long.MAX_VALUE, Long.MAX_VALUE).stream()
                .map(Pending::gid)
                .toList();
    }

    @Test
    void two_operations_on_one_gid_never_share_a_batch_and_keep_their_order() throws InterruptedException {
        Pending first = flush("a");
        Pending second = flush("a");
        Pending third = flush("a");
        for (Pending pending : List.of(first, flush("b"), second, third, flush("c"))) {
            assertThat(queue.offer(pending)).isEqualTo(Offered.QUEUED);
        }
        assertThat(take(10)).containsExactly("a", "b", "c");
        assertThat(queue.take(10, Long.MAX_VALUE, Long.MAX_VALUE)).containsExactly(second);
        assertThat(queue.take(10, Long.MAX_VALUE, Long.MAX_VALUE)).containsExactly(third);
    }

    @Test
    void a_batch_is_bounded_by_count_and_by_bytes() throws InterruptedException {
        for (int i = 0; i < 10; i++) {
            queue.offer(flush("g" + i));
        }
        assertThat(take(4)).hasSize(4);
        assertThat(queue.take(10, 1, Long.MAX_VALUE)).hasSize(1);
        assertThat(take(10)).hasSize(5);
    }

    @Test
    void refusable_operations_are_limited_and_writes_of_owners_are_not() throws InterruptedException {
        int accepted = 0;
        while (queue.offer(accept("g" + accepted)) == Offered.QUEUED) {
            accepted++;
        }
        assertThat(accepted).isGreaterThan(1000);
        assertThat(queue.offer(flush("owner's"))).isEqualTo(Offered.QUEUED);
        take(100);
        assertThat(queue.offer(accept("again"))).isEqualTo(Offered.QUEUED);
        assertThat(queue.removeRefusable()).hasSize(accepted - 99);
        assertThat(take(10)).containsExactly("owner's");
    }

    @Test
    void a_closed_queue_refuses_operations_and_returns_the_waiting_operations() throws InterruptedException {
        queue.offer(flush("a"));
        assertThat(queue.close()).hasSize(1);
        assertThat(queue.offer(flush("b"))).isEqualTo(Offered.CLOSED);
        assertThat(take(10)).isEmpty();
    }
}
