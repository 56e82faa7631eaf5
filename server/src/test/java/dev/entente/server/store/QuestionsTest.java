package dev.entente.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.PatientAwaits;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** Every question is answered: whoever asks again and again asks the next only after that. */
class QuestionsTest {
    @Test
    void an_error_is_an_answer() {
        try (Questions questions = new Questions(Runnable::run)) {
            assertThat(questions.ask(() -> {
                        throw new OutOfMemoryError("on purpose");
                    }))
                    .failsWithin(PatientAwaits.BOUND)
                    .withThrowableThat()
                    .havingCause()
                    .isInstanceOf(StoreFailure.class)
                    .withMessageContaining("on purpose");
        }
    }

    @Test
    void an_answer_that_finds_no_thread_is_given_on_the_one_that_has_it() {
        try (Questions questions = new Questions(_ -> {
            throw new OutOfMemoryError("unable to create a thread, on purpose");
        })) {
            assertThat(questions.ask(() -> 42)).failsWithin(PatientAwaits.BOUND);
        }
    }

    @Test
    void an_answer_after_the_end_of_its_threads_is_given_all_the_same() {
        try (Questions questions = new Questions(_ -> {
            throw new RejectedExecutionException("shut down, on purpose");
        })) {
            assertThat(questions.ask(() -> 42)).failsWithin(PatientAwaits.BOUND);
        }
    }
}
