package dev.entente.idempotency;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a method of a gRPC service that {@link IdempotencyInterceptor#on} serves. The method's requests are made
 * idempotent by their {@code Idempotency-Key}. The annotation also applies to overriding methods. With Entente's Spring
 * Boot starter it marks methods of gRPC services, and handlers of controllers.
 */
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface Idempotent {}
