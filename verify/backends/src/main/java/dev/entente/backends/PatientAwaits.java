package dev.entente.backends;

import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/**
 * The common time limit of all conditions that tests await. Awaitility's default of ten seconds expires on a busy
 * machine even if the code is correct. JUnit detects this class as an extension, which the root pom.xml enables.
 */
public final class PatientAwaits implements BeforeAllCallback, TestExecutionExceptionHandler {
    /** The time that a test waits for a condition before it fails. */
    public static final Duration BOUND = Duration.ofMinutes(5);

    private static final Duration POLL_INTERVAL = Duration.ofMillis(50);

    @Override
    public void beforeAll(ExtensionContext context) {
        Awaitility.setDefaultTimeout(BOUND);
        Awaitility.setDefaultPollInterval(POLL_INTERVAL);
    }

    /** Prints the stack traces of all threads when an awaited condition timed out. */
    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        if (failure instanceof ConditionTimeoutException) {
            System.err.println(context.getDisplayName() + ": " + failure.getMessage());
            for (Map.Entry<Thread, StackTraceElement[]> thread :
                    Thread.getAllStackTraces().entrySet()) {
                System.err.println(thread.getKey());
                for (StackTraceElement frame : thread.getValue()) {
                    System.err.println("    at " + frame);
                }
            }
        }
        throw failure;
    }
}
