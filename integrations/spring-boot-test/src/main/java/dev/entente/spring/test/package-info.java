/**
 * Entente in the tests of Spring Boot applications: open {@link dev.entente.spring.test.EntenteTest} first. A real
 * coordinator runs in the test's JVM, by a class loader of its own, and calls the application under test. Nothing here
 * is for production.
 */
@NullMarked
package dev.entente.spring.test;

import org.jspecify.annotations.NullMarked;
