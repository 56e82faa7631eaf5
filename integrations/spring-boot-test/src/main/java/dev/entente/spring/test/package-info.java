/**
 * Entente in the tests of Spring Boot applications: open {@link dev.entente.spring.test.EntenteTest} first. A real
 * coordinator runs in the test's JVM, with its own class loader, or in a child process, and calls the application under
 * test. This package is not for production.
 */
@NullMarked
package dev.entente.spring.test;

import org.jspecify.annotations.NullMarked;
