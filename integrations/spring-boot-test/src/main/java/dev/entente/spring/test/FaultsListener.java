package dev.entente.spring.test;

import java.util.List;
import org.springframework.context.ApplicationContext;
import org.springframework.test.context.TestContext;
import org.springframework.test.context.TestExecutionListener;

/** Forgets a test's faults at its end, and fails it where one was never met: its branch may be spelled otherwise. */
public final class FaultsListener implements TestExecutionListener {
    /** Made by Spring, for all tests; those without {@link EntenteTest} it leaves alone. */
    public FaultsListener() {}

    @Override
    public void afterTestMethod(TestContext test) {
        if (!test.hasApplicationContext()) {
            return;
        }
        ApplicationContext application = test.getApplicationContext();
        List<String> unmet = application.getBeanProvider(Faults.class).stream()
                .flatMap(faults -> faults.clear().stream())
                .toList();
        if (!unmet.isEmpty() && test.getTestException() == null) {
            throw new AssertionError("no call of this test has met its faults " + unmet
                    + "; compare with the branches and operations that `TestCoordinator.await` shows");
        }
    }
}
