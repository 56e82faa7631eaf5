package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import dev.entente.server.console.part.ConsoleUser;
import dev.entente.server.console.part.ResponseCache;
import dev.entente.server.console.part.ResponseCache.CacheKey;
import dev.entente.server.http.EventFeed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Feeds of streams, and their shared calls. */
class LiveFeedTest {
    private static final EventFeed.Event SIGNED_OUT = new EventFeed.Event("signed-out", "1", true);

    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private @Nullable ConsoleUser user = new ConsoleUser("alice", Set.of("viewer"), "", false);
    private int shown = 0x4f;
    private final List<SettableFuture<String>> asked = new ArrayList<>();
    private long nanos;
    private final ResponseCache shared = new ResponseCache(() -> nanos);

    private static EventFeed.Event changed(String fingerprint) {
        return new EventFeed.Event("changed", fingerprint, false);
    }

    @Test
    void a_feed_reports_the_first_state_and_then_each_change() {
        LiveFeed feed = new LiveFeed(() -> user, _ -> shown, LiveFeed.Pace.of("transaction"), () -> nanos);
        assertThat(feed.next()).isEqualTo(changed("4f"));
        nanos += SECOND;
        assertThat(feed.next()).isNull();
        shown = -1;
        nanos += SECOND;
        assertThat(feed.next()).isEqualTo(changed("ffffffff"));
        nanos += SECOND;
        assertThat(feed.next()).isNull();
    }

    @Test
    void a_list_is_checked_every_three_seconds_or_less_often_if_checks_are_slow() {
        assertThat(checkedSeconds("transactions", 0, 7)).containsExactly(0, 3, 6);
        assertThat(checkedSeconds("transactions", SECOND / 50, 7)).containsExactly(0, 3, 6);
        assertThat(checkedSeconds("transactions", SECOND / 25, 41)).containsExactly(0, 20, 40);
        assertThat(checkedSeconds("transactions", SECOND, 121)).containsExactly(0, 60, 120);
    }

    @Test
    void checks_of_all_streams_are_aligned_in_time() {
        assertThat(checkedSeconds("transaction", 0, 3)).containsExactly(0, 1, 2);
        nanos = -SECOND;
        assertThat(checkedSeconds("", 0, 6)).containsExactly(0, 1, 3, 5);
    }

    /** Returns the seconds, below {@code seconds}, in which a page was checked if each check takes {@code took}. */
    private List<Integer> checkedSeconds(String page, long took, int seconds) {
        long began = nanos;
        LiveFeed feed = new LiveFeed(
                () -> user,
                _ -> {
                    nanos += took;
                    return shown++;
                },
                LiveFeed.Pace.of(page),
                () -> nanos);
        List<Integer> reported = new ArrayList<>();
        for (int i = 0; i < seconds; i++) {
            nanos = began + i * SECOND;
            if (feed.next() != null) {
                reported.add(i);
            }
        }
        return reported;
    }

    @Test
    void a_feed_ends_when_its_user_signs_out_or_changes_roles() {
        LiveFeed feed = new LiveFeed(() -> user, _ -> shown, LiveFeed.Pace.of("transactions"), () -> nanos);
        assertThat(feed.next()).isEqualTo(changed("4f"));
        user = new ConsoleUser("alice", Set.of("viewer", "operator"), "", false);
        assertThat(feed.next()).isEqualTo(SIGNED_OUT);

        feed = new LiveFeed(() -> user, _ -> shown, LiveFeed.Pace.of("transactions"), () -> nanos);
        assertThat(feed.next()).isEqualTo(changed("4f"));
        user = null;
        assertThat(feed.next()).isEqualTo(SIGNED_OUT);
        assertThat(new LiveFeed(() -> user, _ -> shown, LiveFeed.Pace.of("transaction"), () -> nanos).next())
                .isEqualTo(SIGNED_OUT);
    }

    @Test
    void readers_share_one_view_and_submitters_have_their_own() {
        ConsoleUser operator = new ConsoleUser("of carol", Set.of("operator", "viewer"), "", false);
        assertThat(operator.visibility())
                .isEqualTo(new ConsoleUser("bob", Set.of("viewer", "operator"), "", true).visibility())
                .isNotEqualTo(new ConsoleUser("bob", Set.of("viewer"), "", false).visibility());
        ConsoleUser submitter = new ConsoleUser("carol", Set.of("submitter"), "", false);
        assertThat(submitter.visibility())
                .isNotEqualTo(new ConsoleUser("bob", Set.of("submitter"), "", false).visibility())
                .isNotEqualTo(operator.visibility());
        assertThat(new ConsoleUser("as viewer", Set.of(), "", false).visibility())
                .isNotEqualTo(new ConsoleUser("bob", Set.of("viewer"), "", false).visibility());
    }

    private ListenableFuture<String> answer(String visibility, Object request) {
        return shared.to(new CacheKey(visibility, "Count", request), () -> {
            asked.add(SettableFuture.create());
            return asked.getLast();
        });
    }

    @Test
    void one_call_per_second_serves_all_users_with_one_view() throws Exception {
        List<ListenableFuture<String>> answers = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            answers.add(answer("all", 1));
        }
        assertThat(asked).hasSize(1);
        assertThat(answers.getFirst().cancel(true)).isTrue();
        asked.getFirst().set("one");
        assertThat(answers.getLast().get()).isEqualTo("one");

        assertThat(answer("bob", 1)).isNotDone();
        assertThat(answer("all", 2)).isNotDone();
        assertThat(asked).hasSize(3);
        nanos += Duration.ofSeconds(1).toNanos() - 1;
        assertThat(answer("all", 2)).isNotDone();
        assertThat(asked).hasSize(3);
        nanos++;
        assertThat(answer("all", 2)).isNotDone();
        assertThat(asked).hasSize(4);
        shared.clear();
        assertThat(answer("all", 2)).isNotDone();
        assertThat(asked).hasSize(5);
    }

    @Test
    void beyond_the_bound_each_request_makes_its_own_call() {
        for (int i = 0; i < 300; i++) {
            assertThat(answer("all", i)).isNotDone();
        }
        assertThat(answer("all", 0)).isNotDone();
        assertThat(asked).hasSize(300);
        assertThat(answer("all", 299)).isNotDone();
        assertThat(asked).hasSize(301);
    }
}
