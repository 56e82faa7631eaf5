package dev.entente.core.transaction;

import java.util.Locale;
import java.util.Set;

/**
 * All error codes of Entente. {@code docs/errors.md} is generated from this enum.
 *
 * <p>A code never changes its meaning and is never reused for another error.
 */
public enum ErrorCode {
    MALFORMED(1, Category.INVALID_ARGUMENT, "the request is malformed; every violation is listed"),
    GID(10, Category.INVALID_ARGUMENT, "the gid is not [A-Za-z0-9._:-]{1,128}"),
    NAME(11, Category.INVALID_ARGUMENT, "the name is not [a-z0-9._-]{1,64}, or a label is out of bounds"),
    NO_BRANCH(12, Category.INVALID_ARGUMENT, "the plan lacks a pattern, a branch or an operation"),
    DUPLICATE_BRANCH(13, Category.INVALID_ARGUMENT, "two branches have the same id"),
    PARTICIPANT_UNKNOWN(14, Category.INVALID_ARGUMENT, "the participant is not configured"),
    TARGET_NOT_ALLOWED(15, Category.PERMISSION_DENIED, "the target is not on the allow-list"),
    UNKNOWN_AFTER(
            16,
            Category.INVALID_ARGUMENT,
            "`after`, `parent` or `result_branch` names a branch that does not exist, or `parent` names a branch that"
                    + " is listed later"),
    CYCLE(17, Category.INVALID_ARGUMENT, "the branches wait for each other in a cycle"),
    BINDING_SOURCE(
            18, Category.INVALID_ARGUMENT, "a binding reads a response that may not exist when the request is sent"),
    BINDING_PATH(19, Category.INVALID_ARGUMENT, "a binding's path is not valid"),
    NO_UNDO_UNSAID(20, Category.INVALID_ARGUMENT, "a step has neither compensate nor no_undo"),
    IRREVERSIBLE_FIRST(
            21,
            Category.INVALID_ARGUMENT,
            "a step without undo precedes a step with undo, and neither the step without undo nor an earlier step is"
                    + " the pivot; a warning, with `strict` an error"),
    POLICY(
            22,
            Category.INVALID_ARGUMENT,
            "a timeout, attempt limit, backoff, deadline or start time is out of range; a warning if participants may"
                    + " refuse calls that come so late, or the deadline passes before the start"),
    TOO_LARGE(
            23,
            Category.INVALID_ARGUMENT,
            "a payload, the plan, the stored responses or the head of a request over HTTP is too large"),
    NO_DESCRIPTORS(
            24, Category.FAILED_PRECONDITION, "a json body needs the participant's descriptors, and there are none"),
    JSON(25, Category.INVALID_ARGUMENT, "the json body does not fit the method's request"),
    BINDING_TYPES(
            26, Category.INVALID_ARGUMENT, "the source field and the target field of a binding have different types"),
    BESIDE_PIVOT(
            27,
            Category.INVALID_ARGUMENT,
            "a step that neither precedes nor follows the pivot is not retriable, or has no compensate; or a pivot or"
                    + " an approval is not allowed at its place"),
    NOT_FOUND(30, Category.NOT_FOUND, "no such transaction or branch"),
    OTHER_CONTENT(31, Category.ALREADY_EXISTS, "the gid or branch already exists with other content"),
    TOO_OLD(
            32,
            Category.FAILED_PRECONDITION,
            "the gid was first sent longer ago than finished transactions are kept: its outcome is no longer known"),
    DECIDED(40, Category.FAILED_PRECONDITION, "the transaction is already decided"),
    CANNOT_ABORT(41, Category.FAILED_PRECONDITION, "the transaction is completing or has succeeded"),
    PAST_PIVOT(42, Category.FAILED_PRECONDITION, "the transaction is past its point of no return"),
    APPROVAL_DECIDED(43, Category.FAILED_PRECONDITION, "the approval is already decided"),
    REVISION_MOVED(44, Category.ABORTED, "the transaction has changed in the meantime"),
    ACT_IMPOSSIBLE(
            45, Category.FAILED_PRECONDITION, "the operation is not possible in the current state of the transaction"),
    OVERLOADED(50, Category.RESOURCE_EXHAUSTED, "too much work is waiting; nothing was written"),
    DRAINING(51, Category.UNAVAILABLE, "this coordinator is shutting down"),
    DATABASE(52, Category.UNAVAILABLE, "the database does not respond, or rejects requests temporarily"),
    OWNER_UNREACHABLE(53, Category.UNAVAILABLE, "the coordinator that holds the transaction cannot be reached"),
    LEASE_LOST(54, Category.UNAVAILABLE, "this coordinator lost its lease"),
    CALLS_IN_FLIGHT(
            55,
            Category.UNAVAILABLE,
            "a call that the operation must wait for is still in flight; the transaction was not changed"),
    NOT_IN_TIME(
            56,
            Category.DEADLINE_EXCEEDED,
            "there was no response within the client's time limit over HTTP; the request may have been processed"),
    DEBUG_LOG_FULL(
            57, Category.RESOURCE_EXHAUSTED, "operators have already selected 64 transactions for the debug log"),
    UNAUTHENTICATED(60, Category.UNAUTHENTICATED, "no valid bearer token"),
    ROLE(61, Category.PERMISSION_DENIED, "the token's role does not allow this"),
    PEER(
            62,
            Category.UNAUTHENTICATED,
            "the call claims to come from another coordinator, and its signed header is not accepted"),
    ANNOUNCEMENT(63, Category.PERMISSION_DENIED, "the coordinator does not accept this announcement of a participant"),
    NOT_TAKEN_OVER_HTTP(
            64,
            Category.PERMISSION_DENIED,
            "the HTTP port refuses the call: it names another host, comes from a page of another site, lacks the TLS or"
                    + " the client certificate that gRPC requires, or has the user header of an untrusted proxy"),
    NOT_SERVED_OVER_HTTP(
            65,
            Category.UNIMPLEMENTED,
            "the HTTP port does not serve the call: another path, another method than POST, another Content-Type,"
                    + " Content-Encoding or version of HTTP, or a stream"),
    ANNOUNCED_BY_ANOTHER(
            66,
            Category.ALREADY_EXISTS,
            "another application is announced under this participant's name, and still listens at its address"),
    UNKNOWN_KEY(70, Category.STARTUP, 2, "the configuration has an unknown key"),
    BAD_VALUE(71, Category.STARTUP, 2, "a setting, an option or the environment has a bad value"),
    DATABASE_UNREACHABLE(72, Category.STARTUP, 3, "the database cannot be reached"),
    SCHEMA_OLDER(73, Category.STARTUP, 4, "the database's schema is older than this program, or a migration failed"),
    SCHEMA_NEWER(74, Category.STARTUP, 4, "the database's schema is newer than this program"),
    OPEN_BIND(75, Category.STARTUP, 5, "listening beyond loopback needs authentication"),
    JDK_TOO_OLD(76, Category.STARTUP, 6, "the JDK is too old"),
    PORT_TAKEN(77, Category.STARTUP, 7, "the port is in use"),
    NODE_ALIVE(78, Category.STARTUP, 8, "another live process has the same node name"),
    WRONG_VERSION(
            81, Category.SDK, "the stream is not at the expected version; load the stream again, then decide again"),
    EVENT_UNREADABLE(82, Category.SDK, "a stored event or snapshot is not declared, or cannot be read"),
    EVENT_TABLE_MISSING(83, Category.SDK, "the database has no tables for events; the log contains their definition"),
    PROJECTION_FAILED(84, Category.SDK, "a projection's handler failed at the event that the message names"),
    OP_NOT_SERVED(87, Category.SDK, "the operation of the call is not one of the operations that `@Barriered` names"),
    WRONG_SETUP(
            88,
            Category.SDK,
            "a Spring Boot application cannot start with its configuration; the message contains the solution"),
    HALF_DONE(
            89,
            Category.SDK,
            "a business rejection may be partly committed: `@Transactional` commits in spite of the exception (a"
                    + " checked exception, or `noRollbackFor`), or the exception was thrown after the barrier's"
                    + " commit"),
    AUTOCOMMIT(
            90,
            Category.SDK,
            "the barrier, the outbox, the inbox and events need an open transaction of their own database that can"
                    + " write: autocommit is off, the transaction is neither committed nor read-only, and no filter of"
                    + " the pool rejects their statements; messages need the database that the application's relay"
                    + " reads"),
    BARRIER_TABLE_MISSING(
            91,
            Category.SDK,
            "the participant's database has no barrier table, or an older one; the message contains its definition"),
    NOTHING_PREPARED(92, Category.SDK, "the participant's PostgreSQL has max_prepared_transactions = 0"),
    STALE_FENCE(93, Category.SDK, "the call comes from a coordinator that was superseded"),
    OUTBOX_TABLE_MISSING(
            94,
            Category.SDK,
            "the database has no table of the outbox, the inbox or the idempotency keys; the log contains its"
                    + " definition"),
    BARE_CALL(95, Category.SDK, "the barrier was used outside of a call that passed the interceptor"),
    INSIDE_TRANSACTION(
            96,
            Category.SDK,
            "the barrier, or `runAndSubmit`, received a data source inside a transaction of its caller; in"
                    + " such a transaction, enqueue messages into the outbox"),
    BODY_ENDS_TRANSACTION(
            97,
            Category.SDK,
            "the body finished the transaction that it received, now or in an earlier call; check what was done, then"
                    + " resolve the branch"),
    NOT_PREPARABLE(98, Category.SDK, "the participant's PostgreSQL cannot prepare the transaction of the body"),
    INTERNAL(99, Category.INTERNAL, "an internal error; the incident id is in the log");

    private static final Set<ErrorCode> OPEN = Set.of(DATABASE, OWNER_UNREACHABLE, LEASE_LOST, NOT_IN_TIME, INTERNAL);

    /** The kind of a failure, which determines its gRPC status. */
    public enum Category {
        INVALID_ARGUMENT,
        PERMISSION_DENIED,
        UNAUTHENTICATED,
        NOT_FOUND,
        ALREADY_EXISTS,
        ABORTED,
        RESOURCE_EXHAUSTED,
        FAILED_PRECONDITION,
        UNAVAILABLE,
        DEADLINE_EXCEEDED,
        UNIMPLEMENTED,
        INTERNAL,
        /** Raised in a participant, by the SDK. */
        SDK,
        /** The process ends with {@link #exitCode}. */
        STARTUP
    }

    private final int number;
    private final Category category;
    private final int exitCode;
    private final String meaning;

    ErrorCode(int number, Category category, String meaning) {
        this(number, category, 1, meaning);
    }

    ErrorCode(int number, Category category, int exitCode, String meaning) {
        this.number = number;
        this.category = category;
        this.exitCode = exitCode;
        this.meaning = meaning;
    }

    /** Returns the id that users search for, {@code ENT-031}. */
    public String id() {
        return String.format(Locale.ROOT, "ENT-%03d", number);
    }

    /** Returns whether the text of an error leaves the result of the request unknown. */
    public static boolean leavesOpen(String text) {
        return OPEN.stream().anyMatch(code -> text.startsWith(code.id()));
    }

    public Category category() {
        return category;
    }

    /** Returns the process's exit code if this error ends a start-up; otherwise 1. */
    public int exitCode() {
        return exitCode;
    }

    /** Returns a one-line description for people. */
    public String meaning() {
        return meaning;
    }
}
