package dev.entente.core.transaction;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Generates {@code docs/errors.md} from {@link ErrorCode}: {@code mvn -pl core -am test -Dtest=ErrorsDocTest
 * -Dsurefire.failIfNoSpecifiedTests=false -Dentente.docs.write=true}.
 */
final class ErrorsDoc {
    private ErrorsDoc() {}

    static String text() {
        String errors = Arrays.stream(ErrorCode.values()).map(ErrorsDoc::row).collect(Collectors.joining("\n"));
        return """
            # Errors

            A code never changes its meaning. Over gRPC it is the `reason` of `google.rpc.ErrorInfo`, with the domain
            `entente.dev`. `BadRequest` lists every violation; `RetryInfo` contains the pause before a useful retry.
            Warnings follow the violations of a refused plan (`ENT-nnn: warning:`), or are in the response to an
            accepted plan. An error with an *exit code* ends the process; participants raise *SDK* errors.

            | code | status | meaning |
            |---|---|---|
            """ + errors + """


            ## Without a response
            If no coordinator responds in time, the Java SDK throws `CoordinatorUnavailable`. Its `code()` is the last
            response's code, else the gRPC status, or `INTERRUPTED` or `CANCELLED`. Its `certainty()` is:

            - `NOT_SENT`: no attempt had a connection to a coordinator: nothing was done
            - `UNKNOWN`: an attempt may have arrived
            - `DONE`: it was done, but the response was unreadable, for example too large
            - `READ_ONLY`: an attempt may have arrived, but the call only reads

            A retry with the same gid is always harmless.
            """;
    }

    private static String row(ErrorCode code) {
        String answer = switch (code.category()) {
            case STARTUP -> "exit code " + code.exitCode();
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
