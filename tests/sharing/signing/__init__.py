"""Publishers' signatures."""
