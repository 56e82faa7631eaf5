package dev.entente.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.store.Membership;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * The complete contract of every store: this class tests membership, its superclasses test accepting, writing, claiming
 * and adopting. The PostgreSQL store and the in-memory store run the same tests, which makes the simulation meaningful.
 *
 * <p>The subject is {@code TransactionStore} in the server, which names this suite. The suite is in this module because
 * the in-memory store is here, and this module needs the server. A suite in the server's tests could not run on the
 * in-memory store: a build that skips tests creates no jar of test classes.
 */
abstract class StoreContract extends AdoptionContract {
    @Test
    void a_renewal_increments_the_beat() {
        long before = peer(a).beat();
        Membership.Renewal renewal = await(b.membership().renew());
        assertThat(renewal.isAlive()).isTrue();
        assertThat(await(a.membership().renew()).isAlive()).isTrue();
        assertThat(peer(a).beat()).isEqualTo(before + 1);
    }

    @Test
    void only_an_incarnation_with_an_unchanged_beat_is_declared_dead() {
        long seen = peer(a).beat();
        await(a.membership().renew());
        assertThat(await(b.membership().declareDead(a.incarnation(), seen))).isFalse();
        assertThat(await(a.membership().renew()).isAlive()).isTrue();
        assertThat(await(b.membership().declareDead(a.incarnation(), peer(a).beat())))
                .isTrue();
        assertThat(await(a.membership().renew()).isAlive()).isFalse();
    }

    @Test
    void a_dead_incarnation_is_listed_while_it_owns_rows() {
        await(a.store().accept(running("g")));
        declareDead(a);
        assertThat(peer(a).deadAt()).isNotNull();
        await(b.store().adopt(a.incarnation(), "", 10, Long.MAX_VALUE));
        assertThat(await(b.membership().peers())).noneMatch(peer -> peer.incarnation() == a.incarnation());
    }

    @Test
    void only_a_stopped_or_unknown_process_is_reported_gone() {
        assertThat(await(b.membership().isProcessGone(a.incarnation()))).isFalse();
        assertThat(await(b.membership().isProcessGone(Long.MAX_VALUE))).isTrue();
        killProcess(a);
        Awaitility.await().until(() -> await(b.membership().isProcessGone(a.incarnation())));
    }

    @Test
    void a_retired_incarnation_is_dead() {
        await(a.membership().retire());
        assertThat(await(a.membership().renew()).isAlive()).isFalse();
        assertThat(await(b.membership().peers())).noneMatch(peer -> peer.incarnation() == a.incarnation());
    }
}
