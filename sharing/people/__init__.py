"""Operations on people: organizations, invitations, sign-in, resets, hats, API keys. One family of verbs a file."""
