"""Code lists, sectors and CEPTOARs as this hub holds them: loaded, looked up, kept ready."""
