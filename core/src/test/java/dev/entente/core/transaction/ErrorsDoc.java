package dev.entente.core.transaction;

import java.util.Arrays;
import java.util.stream.Collectors;

/** Writes {@code docs/errors.md} from the one list of codes. */
final class ErrorsDoc {
    private ErrorsDoc() {}

    static String text() {
        String errors = Arrays.stream(ErrorCode.values()).map(ErrorsDoc::row).collect(Collectors.joining("\n"));
        return """
            # Errors

            Every error has a code that never changes its meaning. Over gRPC it stands in `google.rpc.ErrorInfo` as
            `reason`, with the domain `entente.dev`; `BadRequest` lists every violation of a request, and `RetryInfo`
            says when to come again where waiting helps. Messages name the thing, the value and the way out. Warnings
            stand behind the violations of a plan that is refused (`ENT-nnn: warning:`); a plan that is accepted has
            them in its answer. A *start-up* error ends the process with the exit code beside it; one of the *SDK* is
            raised in a participant.

            | code | answer | meaning |
            |---|---|---|
            """ + errors + """


            ## Without an answer
            Where no coordinator answers in time, the Java SDK throws `CoordinatorUnavailable`. Its `code()` is that of
            the last answer, if that had one, else gRPC's word for the failure, or `INTERRUPTED` or `CANCELLED` if the
            caller stopped waiting. What is known is in `certainty()`:

            | certainty | meaning |
            |---|---|
            | `NOT_SENT` | no attempt had a connection to a coordinator: nothing was done |
            | `UNKNOWN` | an attempt may have arrived |
            | `DONE` | it was done, but its answer could not be read here, as one that is too large |
            | `READ_ONLY` | an attempt may have arrived, but the call only reads |

            The same again, with the same gid, is harmless in all cases.

            Generated from `ErrorCode` by `ErrorsDoc`; write it anew with
            `mvn -pl core -am test -Dtest=ErrorsDocTest -Dsurefire.failIfNoSpecifiedTests=false \
            -Dentente.docs.write=true`.
            """;
    }

    private static String row(ErrorCode code) {
        String answer = switch (code.category()) {
            case STARTUP -> "start-up, exit code " + code.exitCode();
            case SDK -> "SDK";
            case UNAVAILABLE, RESOURCE_EXHAUSTED, DEADLINE_EXCEEDED -> "`" + code.category() + "`, try again";
            case INVALID_ARGUMENT,
                    PERMISSION_DENIED,
                    UNAUTHENTICATED,
                    NOT_FOUND,
                    ALREADY_EXISTS,
                    ABORTED,
                    FAILED_PRECONDITION,
                    UNIMPLEMENTED,
                    INTERNAL -> "`" + code.category() + "`";
        };
        return "| %s | %s | %s |".formatted(code.id(), answer, code.meaning());
    }
}
