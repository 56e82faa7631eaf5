package dev.entente.spring.test;

import dev.entente.spring.UnguardedCalls;
import java.util.List;
import org.springframework.context.ApplicationContext;
import org.springframework.test.context.TestContext;
import org.springframework.test.context.TestExecutionListener;

/**
 * Removes a test's faults at its end. Fails the test if a fault matched no call, perhaps by a wrong branch name, or if
 * a coordinator called a handler without the barrier.
 */
public final class FaultsListener implements TestExecutionListener {
    /** Called by Spring. The listener gets the events of all tests, and ignores tests without {@link EntenteTest}. */
    public FaultsListener() {}

    @Override
    public void afterTestMethod(TestContext test) {
        if (!test.hasApplicationContext()) {
            return;
        }
        ApplicationContext application = test.getApplicationContext();
        List<String> notOccurred = application.getBeanProvider(Faults.class).stream()
                .flatMap(faults -> faults.clear().stream())
                .toList();
        application.getBeanProvider(TestCoordinator.class).forEach(TestCoordinator::endInterruptions);
        List<String> unguarded =
                application.getBeanProvider(Faults.class).stream().findAny().isEmpty()
                        ? List.of()
                        : application.getBeanProvider(UnguardedCalls.class).stream()
                                .flatMap(calls -> calls.clear().stream())
                                .toList();
        if (test.getTestException() != null) {
            return;
        }
        if (!notOccurred.isEmpty()) {
            throw new AssertionError("no call of this test matched its faults " + notOccurred
                    + "; compare the faults with the branches and operations that `TestCoordinator.await` shows");
        }
        if (!unguarded.isEmpty()) {
            throw new AssertionError("the coordinator called " + unguarded + " without the barrier; put @Barriered on"
                    + " these handlers, or call clear() of the bean UnguardedCalls in this test");
        }
    }
}
