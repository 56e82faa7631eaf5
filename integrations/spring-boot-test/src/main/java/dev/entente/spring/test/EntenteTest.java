package dev.entente.spring.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.springframework.context.annotation.Import;

/**
 * Starts a real coordinator, on an embedded PostgreSQL, beside the application under test. It stands on a test class
 * beside {@code @SpringBootTest}; the beans {@link TestCoordinator} and {@link Faults} are there to be injected.
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
 * <p>The application needs no property. It is a participant under {@code entente.participant.name}, else {@code
 * spring.application.name}, else {@code application}. It is called at its gRPC server, else at its web server, else
 * through {@code MockMvc}. Needs Java 25. Each application context has a coordinator with a database of its own.
 *
 * <p>Where JUnit runs tests in parallel, the tests of classes with this annotation run one after another: a fault belongs
 * to a branch and an operation, and would happen to a call of another test.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@ResourceLock("dev.entente.spring.test.Faults")
@Import(EntenteTestConfiguration.class)
public @interface EntenteTest {}
