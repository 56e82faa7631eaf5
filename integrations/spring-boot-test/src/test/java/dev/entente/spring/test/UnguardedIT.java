package dev.entente.spring.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.client.Entente;
import dev.entente.client.Saga;
import dev.entente.spring.UnguardedCalls;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.webmvc.test.autoconfigure.AutoConfigureMockMvc;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.test.annotation.DirtiesContext.HierarchyMode;
import org.springframework.test.context.TestContextManager;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** Tests of an application with a controller that lacks the barrier. */
final class UnguardedIT {
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration(excludeName = "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration")
    @Import(Bare.class)
    static class Application {}

    @RestController
    static class Bare {
        @PostMapping("/bare")
        void bare() {}
    }

    @SpringBootTest(classes = Application.class, properties = "spring.application.name=bare")
    @AutoConfigureMockMvc
    @EntenteTest
    static class Sample {
        void called() {}
    }

    @Test
    void a_call_without_the_barrier_fails_the_test() throws Exception {
        TestContextManager test = new TestContextManager(Sample.class);
        Sample sample = new Sample();
        test.prepareTestInstance(sample);
        ApplicationContext context = test.getTestContext().getApplicationContext();
        Entente entente = context.getBean(Entente.class);
        Saga saga = entente.saga("bare").gid("order-1");
        saga.step("pay", entente.participant("bare").post("/bare")).nothingToUndo();
        saga.submit();
        context.getBean(TestCoordinator.class).await("order-1").isSucceeded();

        var called = Sample.class.getDeclaredMethod("called");
        assertThatThrownBy(() -> test.afterTestMethod(sample, called, null))
                .hasMessageContaining("[" + Bare.class.getName() + ".bare] without the barrier")
                .hasMessageContaining("@Barriered");
        test.afterTestMethod(sample, called, null);
        assertThat(context.getBean(UnguardedCalls.class).clear()).isEmpty();
        test.getTestContext().markApplicationContextDirty(HierarchyMode.EXHAUSTIVE);
    }
}
