package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import dev.entente.server.console.part.SharedAnswers;
import dev.entente.server.console.part.SharedAnswers.Question;
import dev.entente.server.http.EventFeed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Feeds of streams, and the answers that they share. */
class LiveFeedTest {
    private static final EventFeed.Event SIGNED_OUT = new EventFeed.Event("signed-out", "1", true);

    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private @Nullable ConsoleUser visitor = new ConsoleUser("alice", Set.of("viewer"), "", false);
    private int shown = 0x4f;
    private final List<SettableFuture<String>> asked = new ArrayList<>();
    private long nanos;
    private final SharedAnswers shared = new SharedAnswers(() -> nanos);

    private static EventFeed.Event changed(String fingerprint) {
        return new EventFeed.Event("changed", fingerprint, false);
    }

    @Test
    void it_tells_what_it_sees_first_and_then_each_change() {
        LiveFeed feed = new LiveFeed(() -> visitor, _ -> shown, LiveFeed.Pace.of("transaction"), () -> nanos);
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
    void a_list_is_looked_at_each_three_seconds_or_as_seldom_as_its_looks_are_long() {
        assertThat(looks("transactions", 0, 7)).containsExactly(0, 3, 6);
        assertThat(looks("transactions", SECOND / 50, 7)).containsExactly(0, 3, 6);
        assertThat(looks("transactions", SECOND / 25, 41)).containsExactly(0, 20, 40);
        assertThat(looks("transactions", SECOND, 121)).containsExactly(0, 60, 120);
    }

    @Test
    void turns_of_all_streams_begin_together_whenever_these_began() {
        assertThat(looks("transaction", 0, 3)).containsExactly(0, 1, 2);
        nanos = -SECOND;
        assertThat(looks("", 0, 6)).containsExactly(0, 1, 3, 5);
    }

    /** Returns the seconds, of so many, in which a page was looked at whose looks take so long. */
    private List<Integer> looks(String page, long took, int seconds) {
        long began = nanos;
        LiveFeed feed = new LiveFeed(
                () -> visitor,
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
    void it_ends_once_its_visitor_is_nobody_or_has_other_rights() {
        LiveFeed feed = new LiveFeed(() -> visitor, _ -> shown, LiveFeed.Pace.of("transactions"), () -> nanos);
        assertThat(feed.next()).isEqualTo(changed("4f"));
        visitor = new ConsoleUser("alice", Set.of("viewer", "operator"), "", false);
        assertThat(feed.next()).isEqualTo(SIGNED_OUT);

        feed = new LiveFeed(() -> visitor, _ -> shown, LiveFeed.Pace.of("transactions"), () -> nanos);
        assertThat(feed.next()).isEqualTo(changed("4f"));
        visitor = null;
        assertThat(feed.next()).isEqualTo(SIGNED_OUT);
        assertThat(new LiveFeed(() -> visitor, _ -> shown, LiveFeed.Pace.of("transaction"), () -> nanos).next())
                .isEqualTo(SIGNED_OUT);
    }

    @Test
    void readers_see_the_same_and_others_what_is_theirs() {
        ConsoleUser operator = new ConsoleUser("of carol", Set.of("operator", "viewer"), "", false);
        assertThat(operator.sight())
                .isEqualTo(new ConsoleUser("bob", Set.of("viewer", "operator"), "", true).sight())
                .isNotEqualTo(new ConsoleUser("bob", Set.of("viewer"), "", false).sight());
        ConsoleUser submitter = new ConsoleUser("carol", Set.of("submitter"), "", false);
        assertThat(submitter.sight())
                .isNotEqualTo(new ConsoleUser("bob", Set.of("submitter"), "", false).sight())
                .isNotEqualTo(operator.sight());
        assertThat(new ConsoleUser("as viewer", Set.of(), "", false).sight())
                .isNotEqualTo(new ConsoleUser("bob", Set.of("viewer"), "", false).sight());
    }

    private ListenableFuture<String> answer(String sight, Object request) {
        return shared.to(new Question(sight, "Count", request), () -> {
            asked.add(SettableFuture.create());
            return asked.getLast();
        });
    }

    @Test
    void one_question_a_second_serves_all_who_see_the_same() throws Exception {
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
    void beyond_its_bound_each_asks_for_itself() {
        for (int i = 0; i < 300; i++) {
            assertThat(answer("all", i)).isNotDone();
        }
        assertThat(answer("all", 0)).isNotDone();
        assertThat(asked).hasSize(300);
        assertThat(answer("all", 299)).isNotDone();
        assertThat(asked).hasSize(301);
    }
}
