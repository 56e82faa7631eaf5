package dev.entente.backends;

import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/**
 * The one bound of all that tests await. Awaitility's own ten seconds are over on a machine that does much else, and
 * tell nothing of the code. JUnit finds it as an extension; the root's pom.xml has it looked for.
 */
public final class PatientAwaits implements BeforeAllCallback, TestExecutionExceptionHandler {
    /** How long a test waits for a condition before it fails. */
    public static final Duration BOUND = Duration.ofMinutes(5);

    private static final Duration LOOK_EVERY = Duration.ofMillis(50);

    @Override
    public void beforeAll(ExtensionContext context) {
        Awaitility.setDefaultTimeout(BOUND);
        Awaitility.setDefaultPollInterval(LOOK_EVERY);
    }

    /** Tells what all threads were doing when a condition was awaited in vain. */
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
