package dev.entente.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class UnsentAnswersTest {
    private static final int MEBIBYTE = 1 << 20;

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1);
    private final List<String> aborted = new ArrayList<>();
    private final UnsentAnswers answers = new UnsentAnswers(now::get);

    private UnsentAnswers.Answer began(String name, int mebibytes) {
        return answers.began(mebibytes * MEBIBYTE, why -> aborted.add(name + " " + why.label()));
    }

    @Test
    void the_oldest_answers_make_room_for_a_new_one() {
        began("a", 6);
        UnsentAnswers.Answer taken = began("b", 6);
        began("c", 4);
        answers.ended(taken);
        began("d", 8);
        assertThat(aborted).containsExactly("a too_many_bytes");
        assertThat(answers.bytes()).isEqualTo(12L * MEBIBYTE);
    }

    @Test
    void an_answer_that_is_not_taken_in_time_is_aborted_once() {
        UnsentAnswers.Answer slow = began("slow", 1);
        now.addAndGet(TimeUnit.SECONDS.toNanos(29));
        began("later", 1);
        now.addAndGet(TimeUnit.SECONDS.toNanos(2));
        answers.abortSlow();
        answers.abortSlow();
        answers.ended(slow);
        assertThat(aborted).containsExactly("slow too_slow");
        assertThat(answers.bytes()).isEqualTo(MEBIBYTE);
    }
}
