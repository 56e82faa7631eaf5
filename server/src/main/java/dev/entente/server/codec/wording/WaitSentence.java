package dev.entente.server.codec.wording;

import com.google.protobuf.Timestamp;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.VisibleText;
import dev.entente.v1.Parked;
import dev.entente.v1.Waiting;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;

/**
 * Describes in one sentence what a transaction waits for. API, command line and console all use this class, each in its
 * language.
 */
public final class WaitSentence {
    /** The maximum length of the last error in a sentence. */
    private static final int MAX_ERROR_CHARS = 200;

    private final Waiting wait;
    private final Instant now;
    private final TextCatalog texts;

    private WaitSentence(Waiting wait, Instant now, TextCatalog texts) {
        this.wait = wait;
        this.now = now;
        this.texts = texts;
    }

    /**
     * Returns the sentence without the possible operator actions, which {@link #advice} returns.
     *
     * @param wait without a kind if the transaction waits for nothing: then the text is empty
     */
    public static String of(Waiting wait, Instant now, TextCatalog texts) {
        return VisibleText.of(new WaitSentence(wait, now, texts).text());
    }

    /** Returns the operator actions for a parked transaction; for an unknown reason, the coordinator's text. */
    public static String advice(Parked parked, TextCatalog texts) {
        return Arrays.stream(ParkReason.values())
                .filter(one -> one.code() == parked.getReasonValue())
                .map(one -> new dev.entente.core.transaction.Parked(one, parked.getDetail(), Instant.EPOCH))
                .map(one -> one.advice(parked.getMayAbort(), texts::or))
                .findFirst()
                .orElse(parked.getAdvice());
    }

    /** Returns the gid of the blocking transaction, or a general text if submitters must not know the gid. */
    public static String other(String blockedBy, TextCatalog texts) {
        String unnamed = texts.of(blockedBy.isEmpty() ? "wait.earlier" : "wait.another");
        return blockedBy.isEmpty() || blockedBy.startsWith("(") ? unnamed : blockedBy;
    }

    /** Returns the sentence. For a kind that only newer coordinators know, the response contains the sentence. */
    private String text() {
        return switch (wait.getKind()) {
            case PARKED -> say("", parked());
            case APPROVAL -> say("", wait.getBranch() + note(wait.getPrompt()));
            case NO_CAPACITY -> say(wait.getParticipant().isEmpty() ? ".due" : "", "");
            case BLOCKED, CHILD -> say("", other(wait.getBlockedBy(), texts));
            case CALLING -> wait.getBranch().isEmpty() ? say(".somewhere", time(wait.getSince())) : say("", "");
            case DEAD_OWNER -> say("", wait.getLastError());
            case CLIENT_DECISION,
                    CHECK_BACK,
                    START_TIME,
                    BACKOFF,
                    IN_PROGRESS,
                    CIRCUIT_OPEN,
                    CONNECTING,
                    IN_FLIGHT_LIMIT,
                    NOT_SENT -> say("", "");
            case KIND_UNSPECIFIED, UNRECOGNIZED -> wait.getSentence();
        };
    }

    /** Fills in: the age, the participant, the attempts, the last error, the next time, and details of the kind. */
    private String say(String variant, String more) {
        String age = wait.hasSince() ? texts.of("wait.age", age()) : "";
        return texts.of(key() + variant, age, wait.getParticipant(), tried(), lastError(), next(), more);
    }

    private String key() {
        return "wait." + wait.getKind();
    }

    private String parked() {
        String[] why = wait.getLastError().split(": ", 2);
        String reason = texts.named("reason", why[0]);
        return why.length == 1 ? reason : texts.of("pair", reason, why[1]);
    }

    /** Describes the attempts. Also mentions a failure that counts as no attempt, such as "no such method". */
    private String tried() {
        int attempts = wait.getAttempts();
        if (attempts == 0) {
            boolean wasAsked =
                    !wait.getLastError().isEmpty() && !wait.getLastError().equals(BranchProgress.TAKEN_OVER);
            return wasAsked ? texts.of(key() + ".asked", lastError()) : lastError();
        }
        String count = texts.of(attempts == 1 ? "wait.attempt" : "wait.attempts", attempts);
        return texts.of(key() + ".tried", lastError(), count);
    }

    private String lastError() {
        String error = error(wait.getLastError(), texts);
        return note(error.length() > MAX_ERROR_CHARS ? error.substring(0, MAX_ERROR_CHARS) + "…" : error);
    }

    /** Returns the last error of a branch, translated if it is an error of the engine. */
    public static String error(String lastError, TextCatalog texts) {
        return lastError.equals(BranchProgress.TAKEN_OVER) ? texts.of("wait.taken-over") : lastError;
    }

    private String note(String text) {
        return text.isEmpty() ? "" : texts.of("wait.note", text);
    }

    private String next() {
        return wait.hasNextTime() ? texts.of(key() + ".next", time(wait.getNextTime()), wait.getParticipant()) : "";
    }

    /** Formats a time in UTC, without the day if it is today. */
    private String time(Timestamp time) {
        Instant at = instant(time);
        String text = at.truncatedTo(ChronoUnit.SECONDS).toString();
        boolean isToday = at.truncatedTo(ChronoUnit.DAYS).equals(now.truncatedTo(ChronoUnit.DAYS));
        return isToday ? text.substring(text.indexOf('T') + 1) : text;
    }

    private static Instant instant(Timestamp time) {
        return Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
    }

    private String age() {
        Duration age = Duration.between(instant(wait.getSince()), now);
        if (age.toSeconds() < 90) {
            return texts.of("span.s", Math.max(0, age.toSeconds()));
        } else if (age.toMinutes() < 90) {
            return texts.of("span.m", age.toMinutes());
        }
        return age.toHours() < 48 ? texts.of("span.h", age.toHours()) : texts.of("span.d", age.toDays());
    }
}
