package dev.entente.spring.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.springframework.boot.test.context.PropertyMapping;
import org.springframework.context.annotation.Import;

/**
 * Starts a real coordinator, on an embedded PostgreSQL, beside the application under test. Put the annotation on a test
 * class, in addition to {@code @SpringBootTest}. Inject the beans {@link TestCoordinator} and {@link Faults}.
 *
 * <pre>{@code
 * @SpringBootTest(webEnvironment = RANDOM_PORT)
 * @EntenteTest
 * class CheckoutTest {
 *   @Autowired Entente entente;
 *   @Autowired TestCoordinator coordinator;
 *   @Autowired Faults faults;
 *
 *   @Test
 *   void a_lost_answer_reserves_once() {
 *     faults.loseAnswer("reserve", BranchOp.ACTION);
 *     checkout("order-1").submit();
 *     coordinator.await("order-1").isSucceeded();
 *   }
 * }
 * }</pre>
 *
 * <p>The application needs no property. Its participant name is {@code entente.participant.name}, otherwise {@code
 * spring.application.name}, otherwise {@code application}. The coordinator calls its gRPC server, otherwise its web
 * server, otherwise {@code MockMvc}. Each application context has a coordinator with its own database.
 *
 * <p>On Java 25 and later the coordinator runs in the JVM of the test. On Java 17 to 24 it is a child process, with the
 * Java runtime of the test dependency {@code dev.entente:entente-runtime}, classifier {@code linux-x64} or {@code
 * linux-aarch64}. The runtime is unpacked once, into {@code ~/.cache/entente}. The child process ends with the JVM of
 * the test; a failed assertion shows the end of its log.
 *
 * <p>If JUnit runs tests in parallel, the tests of classes with this annotation run one after another. A fault belongs
 * to a branch and an operation, and could otherwise affect a call of another test.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@ResourceLock("dev.entente.spring.test.Faults")
@Import(EntenteTestConfiguration.class)
@PropertyMapping("entente.test")
public @interface EntenteTest {
    /** Runs the coordinator in a child process also on Java 25, so that {@link Faults} can kill it. */
    boolean ownProcess() default false;
}
