package dev.entente.server.http;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The answers that their clients have not taken yet, in the order in which they began. A new one always finds room: the
 * oldest give way. Thread-safe.
 */
final class UnsentAnswers {
    private static final long MAX_UNSENT_BYTES = 16 << 20;
    private static final int SEND_SECONDS = 30;

    /** An answer; {@code abort} ends its connection for a reason, and does not block. */
    static final class Answer {
        private final int bytes;
        private final long sinceNanos;
        private final Aborting abort;

        private Answer(int bytes, long sinceNanos, Aborting abort) {
            this.bytes = bytes;
            this.sinceNanos = sinceNanos;
            this.abort = abort;
        }
    }

    /** Ends the connection of an answer. */
    interface Aborting {
        void abort(HttpRefusal why);
    }

    private final LongSupplier nanos;
    private final Set<Answer> answers = new LinkedHashSet<>();
    private long bytes;

    UnsentAnswers(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Counts an answer until it has ended, and aborts older ones where there are too many bytes. */
    Answer began(int size, Aborting abort) {
        List<Answer> displaced = new ArrayList<>();
        Answer answer = new Answer(size, nanos.getAsLong(), abort);
        synchronized (this) {
            Iterator<Answer> oldest = answers.iterator();
            while (bytes + size > MAX_UNSENT_BYTES && oldest.hasNext()) {
                Answer old = oldest.next();
                oldest.remove();
                bytes -= old.bytes;
                displaced.add(old);
            }
            answers.add(answer);
            bytes += size;
        }
        displaced.forEach(old -> old.abort.abort(HttpRefusal.TOO_MANY_BYTES));
        return answer;
    }

    /** The answer was taken, or has failed. */
    synchronized void ended(Answer answer) {
        if (answers.remove(answer)) {
            bytes -= answer.bytes;
        }
    }

    /** Aborts those that were not taken in time. */
    void abortSlow() {
        List<Answer> slow = new ArrayList<>();
        synchronized (this) {
            long now = nanos.getAsLong();
            for (Answer answer : answers) {
                if (now - answer.sinceNanos <= TimeUnit.SECONDS.toNanos(SEND_SECONDS)) {
                    break;
                }
                slow.add(answer);
            }
            slow.forEach(this::ended);
        }
        slow.forEach(answer -> answer.abort.abort(HttpRefusal.TOO_SLOW));
    }

    synchronized long bytes() {
        return bytes;
    }
}
