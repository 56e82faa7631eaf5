package dev.entente.idempotency;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a method of a gRPC service, of those that {@link IdempotencyInterceptor#on} serves, whose requests are known
 * again by their {@code Idempotency-Key}. It holds for what overrides the method, too. In an application with Entente's
 * Spring Boot starter it marks methods of its gRPC services, and handlers of its controllers.
 */
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface Idempotent {}
