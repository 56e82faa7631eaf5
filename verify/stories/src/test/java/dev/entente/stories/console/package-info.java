/** Tests the console in a real browser, served by the built jar. Needs Debian's chromium. */
@org.jspecify.annotations.NullMarked
package dev.entente.stories.console;
